#include "fuzz/input_file.h"
#include "fuzz/read_images.h"

/// An image of any format; its content says which.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rfmap::fuzz::Folder folder;
  rfmap::fuzz::read_images(folder.put("image.png", data, size), 1);
  return 0;
}
