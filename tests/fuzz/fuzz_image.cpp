#include "fuzz/input_file.h"
#include "fuzz/read_images.h"

/// An image of any format; its content says which.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rfmap::fuzz::run_file("image.png", data, size,
                               [](const std::string& path) { rfmap::fuzz::read_images(path, 1); });
}
