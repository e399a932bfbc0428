#include <gmock/gmock.h>

#include "core/text.h"
#include "core/utf8.h"

namespace rfmap {

using namespace core;

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

TEST(Utf8, AnyBytesSurviveAsUtf8) {
  EXPECT_EQ(utf8_of_bytes("caf\xC3\xA9 \xF0\x9F\x90\x8E"), "caf\xC3\xA9 \xF0\x9F\x90\x8E");
  EXPECT_EQ(utf8_of_bytes("bad\xE9"
                          "dir"),
            "bad\xEE\xBF\xA9"
            "dir");  // U+EFE9
  for (const std::string bytes : {"\xE9", "\xEE\xBF\xA9", "\xED\xA0\x80", "\xC0\x80", "\xC3",
                                  "\xFF\x80", "\xF4\x90\x80\x80", "\xEE\xBE", "\xE2\x82\xAC"}) {
    const std::string text = utf8_of_bytes(bytes);
    for (std::size_t i = 0; i < text.size(); i += utf8_length(text, i))
      ASSERT_GT(utf8_length(text, i), 0u);
    EXPECT_EQ(bytes_of_utf8(text), bytes);
  }
}

}  // namespace
}  // namespace rfmap
