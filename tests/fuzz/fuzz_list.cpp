#include "fuzz/input_file.h"
#include "fuzz/read_images.h"

/// A list of images. Its paths lead nowhere: reading is tried with the first two.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rfmap::fuzz::run_file("images.txt", data, size,
                               [](const std::string& path) { rfmap::fuzz::read_images(path, 2); });
}
