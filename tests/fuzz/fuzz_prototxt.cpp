#include "fuzz/import_model.h"
#include "fuzz/input_file.h"

/// The text of a Caffe network, without weights: those that need some are refused, or read for
/// theory.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rfmap::fuzz::Folder folder;
  rfmap::ModelFiles files;
  files.model = folder.put("net.prototxt", data, size);
  rfmap::fuzz::import_model(files);
  return 0;
}
