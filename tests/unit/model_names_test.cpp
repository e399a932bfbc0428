#include <gtest/gtest.h>

#include "model/names.h"

namespace rfmap::importing {
namespace {

TEST(UniqueNames, StayApartWithColons) {
  UniqueNames names;
  EXPECT_EQ(names.take("a/b"), "a/b");
  EXPECT_EQ(names.take("a:b"), "a:b_2");
  EXPECT_EQ(names.take("a/b"), "a/b_3");
  EXPECT_EQ(names.take("c"), "c");
}

TEST(QuotedList, JoinsAsASentence) {
  EXPECT_EQ(quoted_list({"a"}, "and"), "'a'");
  EXPECT_EQ(quoted_list({"a", "b", "c"}, "or"), "'a', 'b' or 'c'");
}

}  // namespace
}  // namespace rfmap::importing
