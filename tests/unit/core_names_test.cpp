#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/names.h"
#include "core/unit_range.h"

namespace rfmap {

using namespace core;

namespace {

TEST(Glob, FollowsTheShell) {
  const struct {
    const char *pattern, *text;
    bool matches;
  } cases[] = {
      {"conv*", "conv1", true},      {"conv*", "conv", true},
      {"conv*", "xconv", false},     {"*", "", true},
      {"*_1", "a_1_1", true},        {"a*b*c", "aXbYbZc", true},
      {"a*b*c", "aXbYbZ", false},    {"conv?", "conv1", true},
      {"conv?", "conv", false},      {"conv[12]", "conv2", true},
      {"conv[12]", "conv3", false},  {"conv[1-4]", "conv3", true},
      {"conv[1-4]", "conv5", false}, {"conv[!1]", "conv2", true},
      {"conv[!1]", "conv1", false},  {"a[", "a[", true},
      {"a[]]", "a]", true},          {"a.c", "abc", false},
      {"*/relu", "a/b/relu", true},
  };
  EXPECT_EQ(std::size(cases), 19u);
  for (const auto& c : cases)
    EXPECT_EQ(glob_match(c.pattern, c.text), c.matches) << c.pattern << " on " << c.text;
}

TEST(NearestNames, AreOrderedByEditDistance) {
  const std::vector<std::string> names{"softmax", "conv1", "conv2", "relu1", "conv1"};
  EXPECT_THAT(nearest_names("conf1", names, 3), testing::ElementsAre("conv1", "conv2", "relu1"));
  EXPECT_THAT(nearest_names("sofmax", names, 1), testing::ElementsAre("softmax"));
}

TEST(NearestNames, ShareTheMostPartsOfAPath) {
  const std::vector<std::string> names{"layer2.0.conv1", "layer1.0.downsample.0", "layer1.1.conv1",
                                       "bn1"};
  EXPECT_THAT(nearest_names("layer1.0.dwn.0", names, 1),
              testing::ElementsAre("layer1.0.downsample.0"));
  EXPECT_THAT(nearest_names("layer1.7.conv1", names, 2),
              testing::ElementsAre("layer1.1.conv1", "layer2.0.conv1"));
}

TEST(UnitRange, IsAChannelOrAnAscendingRange) {
  EXPECT_EQ(parse_unit_range("7")->last, 7);
  EXPECT_EQ(parse_unit_range("3-5")->first, 3);
  EXPECT_EQ(parse_unit_range("3-5")->last, 5);
  for (const char* wrong : {"", "-", "3-", "-3", "5-3", "x", "3 ", "1-2-3", "10000001"})
    EXPECT_FALSE(parse_unit_range(wrong)) << wrong;
}

}  // namespace
}  // namespace rfmap
