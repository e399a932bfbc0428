#include <cstdio>
#include <cstring>
#include <vector>

#include "fuzz/input_file.h"
#include "fuzz/read_images.h"

namespace {

constexpr std::size_t kBlock = 512, kSum = 148, kSumDigits = 8, kMagic = 257;

/// Headers get their right checksum, which mutations hardly find; one whose last byte, a filling,
/// is not 0 keeps its own.
void seal(std::vector<std::uint8_t>& archive) {
  for (std::size_t at = 0; at + kBlock <= archive.size(); at += kBlock) {
    std::uint8_t* block = &archive[at];
    if (std::memcmp(block + kMagic, "ustar", 5) != 0 || block[kBlock - 1] != 0) continue;
    std::memset(block + kSum, ' ', kSumDigits);
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlock; ++i) sum += block[i];
    std::snprintf(reinterpret_cast<char*>(block + kSum), kSumDigits, "%06o", sum);
  }
}

}  // namespace

/// A tar file of images with labels (WebDataset).
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> archive(data, data + size);
  seal(archive);
  return rfmap::fuzz::run_file("images.tar", archive.data(), archive.size(),
                               [](const std::string& path) { rfmap::fuzz::read_images(path, 4); });
}
