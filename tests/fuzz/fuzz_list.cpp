#include "fuzz/input_file.h"
#include "fuzz/read_images.h"

/// A list of images. Its paths lead nowhere: reading is tried with the first two.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rfmap::fuzz::Folder folder;
  rfmap::fuzz::read_images(folder.put("images.txt", data, size), 2);
  return 0;
}
