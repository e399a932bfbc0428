#include "fuzz/import_model.h"
#include "fuzz/input_file.h"

namespace {

/// Layers with each kind of blobs; make_seeds.py writes their weights.
constexpr const char* kNetwork =
    "layer { name: 'in' type: 'Input' top: 'data'\n"
    "  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n"
    "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv'\n"
    "  convolution_param { num_output: 2 kernel_size: 3 } }\n"
    "layer { name: 'norm' type: 'BatchNorm' bottom: 'conv' top: 'norm' }\n"
    "layer { name: 'scale' type: 'Scale' bottom: 'norm' top: 'scale'\n"
    "  scale_param { bias_term: true } }\n"
    "layer { name: 'full' type: 'InnerProduct' bottom: 'scale' top: 'full'\n"
    "  inner_product_param { num_output: 2 } }\n";

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rfmap::fuzz::Folder folder;
  static const std::string network = folder.put("net.prototxt", kNetwork);
  rfmap::ModelFiles files;
  files.model = network;
  files.weights = folder.put("net.caffemodel", data, size);
  rfmap::fuzz::import_model(files);
  return 0;
}
