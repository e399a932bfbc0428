#include "engines/device_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/devices.h"
#include "rfmap/error.h"

namespace rfmap::engines {
namespace {

using Names = std::vector<std::string>;

TEST(DeviceList, OneStaysAsItIs) {
  for (const char* name : {"cpu", "auto", "cuda", "cuda:3", "cuda:x", "abacus", "reference",
                           "check", "check:cpu", "cpu,cuda"})
    EXPECT_EQ(listed_devices(name), Names{name});
}

TEST(DeviceList, NumbersOfGpus) {
  EXPECT_EQ(listed_devices("cuda:0,1"), (Names{"cuda:0", "cuda:1"}));
  EXPECT_EQ(listed_devices("cuda:2,0,1"), (Names{"cuda:2", "cuda:0", "cuda:1"}));
  EXPECT_EQ(listed_devices("check:cuda:1,0"), (Names{"check:cuda:1", "check:cuda:0"}));
  EXPECT_EQ(listed_devices("cuda:0,"), (Names{"cuda:0", "cuda:"}));  // refused when it is opened
  EXPECT_THROW(listed_devices("cuda:0,1,0"), ConfigError);
}

TEST(DeviceList, AllThatCanBeUsed) {
  Names usable;
  for (const DeviceInfo& info : list_devices())
    if (info.name.starts_with("cuda:") && info.reason.empty()) usable.push_back(info.name);
  if (usable.empty())
    EXPECT_THROW(listed_devices("cuda:all"), EngineError);
  else
    EXPECT_EQ(listed_devices("cuda:all"), usable);
}

TEST(DeviceList, AnElementThatIsNoNumberIsRefused) {
  EXPECT_THROW(choose_device("cuda:", "auto"), ConfigError);
}

}  // namespace
}  // namespace rfmap::engines
