#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rfmap::core {

/// SHA-256 (FIPS 180-4) of bytes given piece by piece.
class Sha256 {
 public:
  void update(std::string_view bytes);
  /// Digest as 64 hexadecimal digits; ends the use of the object.
  std::string hex();

 private:
  void block(const unsigned char* bytes);
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_{};
  std::uint64_t length_ = 0;  ///< bytes so far
};

/// The digest of `bytes`.
std::string sha256_hex(std::string_view bytes);

/// Digest of the files' contents, one after the other; empty if there is no file. Throws ModelError
/// for one that cannot be read.
std::string sha256_of_files(const std::vector<std::string>& paths);

}  // namespace rfmap::core
