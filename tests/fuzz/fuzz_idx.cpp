#include "fuzz/input_file.h"
#include "fuzz/read_images.h"

/// An IDX file, plain or gzipped.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rfmap::fuzz::run_file("images.idx", data, size,
                               [](const std::string& path) { rfmap::fuzz::read_images(path, 4); });
}
