#include "fuzz/import_model.h"
#include "fuzz/input_file.h"
#include "method/mean_image.h"

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
    "layer { name: 'bias' type: 'Bias' bottom: 'scale' top: 'bias' }\n"
    "layer { name: 'prelu' type: 'PReLU' bottom: 'bias' top: 'prelu' }\n"
    "layer { name: 'deep' type: 'ConvolutionDepthwise' bottom: 'prelu' top: 'deep'\n"
    "  convolution_param { num_output: 2 kernel_size: 3 bias_term: false } }\n"
    "layer { name: 'up' type: 'Deconvolution' bottom: 'deep' top: 'up'\n"
    "  convolution_param { num_output: 2 kernel_size: 2 stride: 2 } }\n"
    "layer { name: 'l2' type: 'Normalize' bottom: 'up' top: 'l2'\n"
    "  norm_param { across_spatial: false channel_shared: false } }\n"
    "layer { name: 'full' type: 'InnerProduct' bottom: 'l2' top: 'full'\n"
    "  inner_product_param { num_output: 2 } }\n";

}  // namespace

/// The weights of a Caffe network, which are read as a mean image too.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rfmap::fuzz;
  static const std::string network = folder().put("net.prototxt", kNetwork);
  return run_file("net.caffemodel", data, size, [](const std::string& path) {
    import_model({.model = network, .weights = path});
    rfmap::method::channel_means("--mean", path);
  });
}
