#include "fuzz/input_file.h"
#include "fuzz/read_images.h"

/// An IDX file, plain or gzipped.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rfmap::fuzz::Folder folder;
  rfmap::fuzz::read_images(folder.put("images.idx", data, size), 4);
  return 0;
}
