#include "fuzz/import_model.h"
#include "fuzz/input_file.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rfmap::fuzz::Folder folder;
  rfmap::ModelFiles files;
  files.model = folder.put("net.onnx", data, size);
  rfmap::fuzz::import_model(files);
  return 0;
}
