// Layers of Caffe networks over windows, of vectors and shapes.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_caffe.h"

namespace rfmap::test {
namespace {

using testing::Each;
using testing::HasSubstr;

TEST(CaffeConvolution, OfForksHasAGroupForEachChannel) {
  for (const char* type : {"ConvolutionDepthwise", "DepthwiseConvolution"}) {
    CaffeMaker maker(kCaffeInput + caffe_layer(type,
                                               "convolution_param { num_output: 2 kernel_size: 3 "
                                               "bias_term: false }"));
    maker.blob("l", {2, 1, 3, 3}, ramp(18));
    const Conv op = last_op<Conv>(maker.read());
    EXPECT_EQ(op.groups, 2) << type;
    EXPECT_EQ(*op.weights, ramp(18)) << type;
  }
}

TEST(CaffeConvolution, TakesItsSettings) {
  const struct {
    const char* settings;
    Size kernel, stride, dilation;
    Margins pad;
  } cases[] = {
      {"kernel_size: 3", {3, 3}, {1, 1}, {1, 1}, {}},
      {"kernel_size: 3 stride: 2 pad: 1 dilation: 2", {3, 3}, {2, 2}, {2, 2}, {1, 1, 1, 1}},
      {"kernel_size: 3 kernel_size: 2 stride: 2 stride: 1 pad: 1 pad: 0",
       {3, 2},
       {2, 1},
       {1, 1},
       {1, 0, 1, 0}},
      {"kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 0",
       {3, 2},
       {2, 1},
       {1, 1},
       {1, 0, 1, 0}}};
  for (const auto& c : cases) {
    CaffeMaker maker(kCaffeInput +
                     caffe_layer("Convolution", "convolution_param { num_output: 4 group: 2 " +
                                                    std::string(c.settings) + " }"));
    const std::int64_t count = 4 * c.kernel.h * c.kernel.w;
    maker.blob("l", {4, 1, c.kernel.h, c.kernel.w}, ramp(count)).blob("l", {4}, ramp(4));
    const Conv op = last_op<Conv>(maker.read());
    EXPECT_EQ(op.kernel, c.kernel) << c.settings;
    EXPECT_EQ(op.stride, c.stride) << c.settings;
    EXPECT_EQ(op.dilation, c.dilation) << c.settings;
    EXPECT_EQ(op.pad, c.pad) << c.settings;
    EXPECT_EQ(op.groups, 2);
    EXPECT_EQ(*op.weights, ramp(count));
    EXPECT_EQ(op.bias->size(), 4u);
  }
}

TEST(CaffePooling, RoundsUpUnlessTold) {
  // 7 x 6, kernel 2, stride 2: 3.5 x 3 windows.
  const std::string window = "pooling_param { kernel_size: 2 stride: 2 ";
  EXPECT_EQ(read_caffe_layer("Pooling", window + "}").graph.nodes[1].shape, (Shape{2, 4, 3}));
  EXPECT_EQ(read_caffe_layer("Pooling", window + "round_mode: FLOOR }").graph.nodes[1].shape,
            (Shape{2, 3, 3}));
  EXPECT_EQ(read_caffe_layer("Pooling", window + "ceil_mode: false }").graph.nodes[1].shape,
            (Shape{2, 3, 3}));
  // With padding a window that starts after the map is dropped: 7 + 2, kernel 1: rows -1 1 3 5.
  EXPECT_EQ(read_caffe_layer("Pooling", "pooling_param { kernel_size: 1 stride: 2 pad: 1 }")
                .graph.nodes[1]
                .shape,
            (Shape{2, 4, 4}));
}

TEST(CaffePooling, KeepsAnEmptyLastWindowWithoutPadding) {
  // ceil((n - kernel) / stride) + 1 windows of 7 x 6; window 3 of the columns starts at 6.
  const Model model = read_caffe_layer("Pooling", "pooling_param { kernel_size: 1 stride: 2 }");
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{2, 4, 4}));
  EXPECT_EQ(std::get<Pad>(model.graph.nodes[1].op).margins, (Margins{0, 0, 0, 1}));
  EXPECT_EQ(model.graph.nodes[1].name, "l/pad");
  const Model wide = read_caffe_layer("Pooling", "pooling_param { kernel_size: 2 stride: 3 }");
  EXPECT_EQ(wide.graph.nodes.back().shape, (Shape{2, 3, 3}));
  EXPECT_EQ(std::get<Pad>(wide.graph.nodes[1].op).margins, (Margins{0, 0, 0, 2}));
  // 2 x 2 with stride 2: the last window of 7 rows is cut, not empty.
  EXPECT_EQ(
      read_caffe_layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }").graph.nodes.size(),
      2u);
  EXPECT_THAT(
      CaffeMaker(kCaffeInput +
                 caffe_layer("Pooling", "pooling_param { pool: AVE kernel_size: 1 stride: 2 }"))
          .reason(),
      HasSubstr("empty window"));
}

TEST(CaffePooling, CountsThePaddingInAnAverage) {
  const Model average =
      read_caffe_layer("Pooling", "pooling_param { pool: AVE kernel_h: 3 kernel_w: 2 pad: 1 }");
  const Pool op = last_op<Pool>(average);
  EXPECT_EQ(op.kind, Pool::Kind::average);
  EXPECT_TRUE(op.count_include_pad);
  EXPECT_EQ(op.kernel, (Size{3, 2}));
  const Model global =
      read_caffe_layer("Pooling", "pooling_param { pool: AVE global_pooling: true }");
  EXPECT_EQ(last_op<Reduce>(global).kind, Reduce::Kind::mean);
  EXPECT_EQ(last_op<Reduce>(global).axes, kOverSpace);
}

TEST(CaffeInnerProduct, FlattensMaps) {
  for (const bool transposed : {false, true}) {
    CaffeMaker maker(
        kCaffeInput +
        caffe_layer("InnerProduct", "inner_product_param { num_output: 3 bias_term: false " +
                                        std::string(transposed ? "transpose: true }" : "}")));
    std::vector<float> stored = ramp(3 * 84), wanted = stored;
    if (transposed)
      for (int o = 0; o < 3; ++o)
        for (int i = 0; i < 84; ++i) wanted[o * 84 + i] = stored[i * 3 + o];
    // The old form of a blob's extents.
    maker.blob("l", {}, stored);
    auto* blob = maker.weights.mutable_layer(1)->mutable_blobs(0);
    blob->clear_shape();
    blob->set_num(1), blob->set_channels(1);
    blob->set_height(transposed ? 84 : 3), blob->set_width(transposed ? 3 : 84);
    const Model model = maker.read();
    ASSERT_EQ(model.graph.nodes.size(), 3u);
    EXPECT_EQ(model.graph.nodes[1].name, "l/flatten");
    EXPECT_EQ(*last_op<FullyConnected>(model).weights, wanted);
  }
}

TEST(CaffeEltwise, WeighsItsSum) {
  const std::string text = std::string(kCaffeInput) +
                           "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }\n" +
                           "layer { name: 'l' type: 'Eltwise' bottom: 'data' bottom: 'r' top: 'y' "
                           "eltwise_param { operation: SUM coeff: 1 coeff: -1 } }\n";
  const Model model = CaffeMaker(text).read();
  ASSERT_EQ(model.graph.nodes.size(), 4u);
  EXPECT_THAT(*std::get<Affine>(model.graph.nodes[2].op).scale, Each(-1.f));
  EXPECT_EQ(last_op<Elementwise>(model).kind, Elementwise::Kind::sum);
}

TEST(CaffeShape, TakesDetectorHeads) {
  const std::string text =
      std::string(kCaffeInput) +
      "layer { name: 'p' type: 'Permute' bottom: 'data' top: 'p' "
      "permute_param { order: 0 order: 2 order: 3 order: 1 } }\n"
      "layer { name: 'r' type: 'Reshape' bottom: 'p' top: 'r' "
      "reshape_param { shape { dim: 1 dim: -1 dim: 2 } } }\n"
      "layer { name: 'c' type: 'Concat' bottom: 'r' bottom: 'r' top: 'c' "
      "concat_param { axis: 1 } }\n"
      "layer { name: 's' type: 'Softmax' bottom: 'c' top: 's' softmax_param { axis: 2 } }\n";
  const Model model = CaffeMaker(text).read();
  EXPECT_EQ(model.graph.nodes[1].shape, (Shape{2, 42, 1}));  // classes are channels
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{2, 84, 1}));
  EXPECT_EQ(last_op<Softmax>(model).axes, one_axis(0));
}

TEST(CaffeShape, CutsSlices) {
  const auto read = [](const std::string& settings) {
    return CaffeMaker(std::string(kCaffeInput) +
                      "layer { name: 's' type: 'Slice' bottom: 'data' top: 'a' top: 'b' " +
                      settings + " }\n")
        .read();
  };
  EXPECT_EQ(read("").graph.nodes[1].shape, (Shape{1, 7, 6}));
  const Model rows = read("slice_param { axis: 2 slice_point: 3 }");
  EXPECT_EQ(rows.graph.nodes[1].shape, (Shape{2, 3, 6}));
  EXPECT_EQ(rows.graph.nodes[2].shape, (Shape{2, 4, 6}));
  EXPECT_EQ(rows.graph.nodes[2].name, "b");
}

}  // namespace
}  // namespace rfmap::test
