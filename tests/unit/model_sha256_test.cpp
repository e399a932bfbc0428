#include <string>

#include <gtest/gtest.h>

#include "core/sha256.h"
#include "model_onnx.h"

namespace rfmap::importing {

using namespace core;

namespace {

std::string digest(const std::string& text, std::size_t piece) {
  Sha256 hash;
  for (std::size_t i = 0; i < text.size(); i += piece)
    hash.update(std::string_view(text).substr(i, piece));
  return hash.hex();
}

// The vectors of FIPS 180-4 and of NIST's example files.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(digest("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 64),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1000000, 'a'), 1000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  for (const std::size_t length : {55u, 56u, 57u, 63u, 64u, 65u, 119u, 128u}) {
    const std::string text(length, 'x');
    for (const std::size_t piece : {1u, 7u, 64u, 65u})
      EXPECT_EQ(digest(text, piece), digest(text, length)) << length << " by " << piece;
  }
}

TEST(Sha256, TakesFilesOneAfterTheOther) {
  const TemporaryFolder folder;
  const std::string a = folder.write("a", "ab"), b = folder.write("b", "c");
  EXPECT_EQ(sha256_of_files({a, b}), digest("abc", 3));
  EXPECT_EQ(sha256_of_files({}), "");
  EXPECT_THROW(sha256_of_files({folder / "missing"}), ModelError);
}

}  // namespace
}  // namespace rfmap::importing
