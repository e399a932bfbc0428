#include "fuzz/import_model.h"
#include "fuzz/input_file.h"

/// The text of a Caffe network, without weights: those that need some are refused, or read for
/// theory.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rfmap::fuzz::run_file("net.prototxt", data, size, [](const std::string& path) {
    rfmap::fuzz::import_model({.model = path});
  });
}
