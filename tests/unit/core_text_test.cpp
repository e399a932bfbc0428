#include <gmock/gmock.h>

#include "core/text.h"

namespace rfmap {
namespace {

TEST(Wrapped, LinesAreAsLongAsTheyMayBe) {
  const auto lines = [](const std::string& text) {
    return wrapped(text, [](const std::string& line) { return line.size() <= 7; });
  };
  using testing::ElementsAre;
  EXPECT_THAT(lines("one two  three"), ElementsAre("one two", "three"));
  EXPECT_THAT(lines("a considerable word"), ElementsAre("a", "considerable", "word"));
  EXPECT_THAT(lines(""), ElementsAre(""));
}

}  // namespace
}  // namespace rfmap
