#include "fuzz/import_model.h"
#include "fuzz/input_file.h"

/// A network as an ONNX file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rfmap::fuzz::run_file("net.onnx", data, size, [](const std::string& path) {
    rfmap::fuzz::import_model({.model = path});
  });
}
