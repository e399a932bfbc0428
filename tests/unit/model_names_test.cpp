#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/names.h"

namespace rfmap::importing {
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

TEST(UniqueNames, StayApartWithColons) {
  UniqueNames names;
  EXPECT_EQ(names.take("a/b"), "a/b");
  EXPECT_EQ(names.take("a:b"), "a:b_2");
  EXPECT_EQ(names.take("a/b"), "a/b_3");
  EXPECT_EQ(names.take("c"), "c");
}

TEST(NearestNames, AreOrderedByEditDistance) {
  const std::vector<std::string> names{"softmax", "conv1", "conv2", "relu1", "conv1"};
  EXPECT_THAT(nearest_names("conf1", names, 3), testing::ElementsAre("conv1", "conv2", "relu1"));
  EXPECT_THAT(nearest_names("sofmax", names, 1), testing::ElementsAre("softmax"));
}

TEST(QuotedList, JoinsAsASentence) {
  EXPECT_EQ(quoted_list({"a"}, "and"), "'a'");
  EXPECT_EQ(quoted_list({"a", "b", "c"}, "or"), "'a', 'b' or 'c'");
}

}  // namespace
}  // namespace rfmap::importing
