#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "engines/make_engine.h"

using namespace rfmap;
using namespace rfmap::engines;

namespace {

TEST(Engines, AreMadeByName) {
  EXPECT_EQ(make_engine("cpu", {})->name(), "cpu");
  EXPECT_EQ(make_engine("reference", {})->name(), "reference");
  EXPECT_THAT(make_engine("cpu", {2})->description(), testing::HasSubstr("2 threads"));
  EXPECT_THROW(make_engine("abacus", {}), ConfigError);
  EXPECT_THROW(make_engine("cuda:x", {}), ConfigError);
  EXPECT_THROW(make_engine("cuda:99", {}), EngineError);
  EXPECT_EQ(make_engine("cpu", {1, "fp32"})->name(), "cpu");
  EXPECT_THROW(make_engine("cpu", {1, "fp16"}), ConfigError);
  EXPECT_EQ(make_engine("check:cpu", {})->name(), "check:cpu");
  EXPECT_EQ(make_engine("check", {})->name(), "check:" + make_engine("auto", {})->name());
  EXPECT_EQ(choose_device("check:cpu", "auto").device, "check:cpu");
  EXPECT_THROW(make_engine("check:abacus", {}), ConfigError);
  EXPECT_THROW(make_engine("check:check", {}), ConfigError);
}

TEST(Engines, AreListedWithTheReasonWhereTheyCannotBeUsed) {
  int usable = 0;
  bool has_gpu = false;
  for (const DeviceInfo& device : list_devices()) {
    EXPECT_EQ(device.reason.empty(), !device.description.empty()) << device.name;
    const bool gpu = device.name.rfind("cuda", 0) == 0;
    has_gpu |= gpu && device.reason.empty();
    usable += !gpu && device.reason.empty();
  }
  EXPECT_EQ(usable, 3);
  EXPECT_EQ(make_engine("auto", {})->name(), has_gpu ? "cuda" : "cpu");
  if (!has_gpu) {
    EXPECT_THROW(make_engine("cuda", {}), EngineError);
  }
}

}  // namespace
