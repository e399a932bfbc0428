#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <caffe.pb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/theory.h"

#include "core/sha256.h"
#include "graph/rearrange.h"
#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kInput =
    "layer { name: 'in' type: 'Input' top: 'data'"
    "        input_param { shape { dim: 1 dim: 2 dim: 7 dim: 6 } } }\n";

/// One layer on "data" with top "y".
std::string layer(const std::string& type, const std::string& settings = "") {
  return "layer { name: 'l' type: '" + type + "' bottom: 'data' top: 'y' " + settings + " }\n";
}

/// A network as text, and the blobs of its layers.
class CaffeMaker {
 public:
  explicit CaffeMaker(std::string text) : text_(std::move(text)) {
    weights.add_layer()->set_name("unused");
  }
  CaffeMaker& blob(const std::string& layer, const Ints& dims, const std::vector<float>& values) {
    if (weights.layer(weights.layer_size() - 1).name() != layer)
      weights.add_layer()->set_name(layer);
    auto* blob = weights.mutable_layer(weights.layer_size() - 1)->add_blobs();
    for (const std::int64_t d : dims) blob->mutable_shape()->add_dim(d);
    for (const float v : values) blob->add_data(v);
    return *this;
  }
  ModelFiles write(const TemporaryFolder& folder) const {
    return {folder.write("net.prototxt", text_),
            folder.write("net.caffemodel", weights.SerializeAsString()),
            {}};
  }
  Model read(Size input_size = {}) const {
    const TemporaryFolder folder;
    ModelFiles files = write(folder);
    files.input_size = input_size;
    return read_model(files);
  }
  Model read_for_theory() const {
    const TemporaryFolder folder;
    ModelFiles files = write(folder);
    files.theory = true;
    return read_model(files);
  }
  std::string error() const {
    return error_of(kExitData, [&] { read(); });
  }
  /// The reason why the only lost node is lost.
  std::string reason() const {
    const Model model = CaffeMaker(*this).read_with_relu();
    EXPECT_EQ(model.unsupported.size(), 1u);
    return model.unsupported.empty() ? "" : model.unsupported[0].reason;
  }

  caffe::NetParameter weights;

 private:
  Model read_with_relu() {
    text_ += "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }\n";
    return read();
  }
  std::string text_;
};

Model read_layer(const std::string& type, const std::string& settings = "") {
  return CaffeMaker(kInput + layer(type, settings)).read();
}

TEST(CaffeFile, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  const CaffeMaker maker(std::string(kInput) + layer("ReLU"));
  const ModelFiles good = maker.write(folder);
  EXPECT_THAT(error_of(kExitUsage,
                       [&] {
                         read_model({good.model, "", {}});
                       }),
              HasSubstr("--weights"));
  EXPECT_THAT(error_of(kExitUsage,
                       [&] {
                         read_model({good.model, folder / "no", {}});
                       }),
              HasSubstr("does not exist"));
  EXPECT_THAT(error_of(kExitUsage,
                       [&] {
                         read_model({good.weights, "", {}});
                       }),
              HasSubstr("weights only"));
  const std::string broken = folder.write("broken.prototxt", "layer {\n name: \n}");
  EXPECT_THAT(error_of(kExitData,
                       [&] {
                         read_model({broken, good.weights, {}});
                       }),
              HasSubstr("line 3"));
  const std::string noise = folder.write("noise.caffemodel", std::string(100, '\xff'));
  EXPECT_THAT(error_of(kExitData,
                       [&] {
                         read_model({good.model, noise, {}});
                       }),
              HasSubstr("noise.caffemodel"));
  const std::string empty = folder.write("empty.caffemodel", "");
  EXPECT_THAT(error_of(kExitData,
                       [&] {
                         read_model({good.model, empty, {}});
                       }),
              HasSubstr("no Caffe layers"));
  EXPECT_EQ(read_model(good).weights_sha256, core::sha256_of_files({good.weights}));
}

TEST(CaffeFile, NamesUnknownFieldsWhereTheyMatter) {
  EXPECT_EQ(CaffeMaker(kInput + layer("ReLU", "relu_param { odd: 1 }")).reason(),
            "field 'odd' is not understood");
  EXPECT_THAT(CaffeMaker("odd: 1\n" + std::string(kInput) + layer("ReLU")).error(),
              HasSubstr("line 1: the field 'odd'"));
  const Model data = CaffeMaker(std::string("layer { name: 'd' type: 'Data' top: 'label' "
                                            "data_param { source: 'x' backend: LMDB } }\n") +
                                kInput + layer("ReLU"))
                         .read();
  EXPECT_THAT(data.unsupported, IsEmpty());
}

TEST(CaffeFile, KnowsTheFieldsOfTraining) {
  const std::string training =
      "param { lr_mult: 1 decay_mult: 0 } propagate_down: true loss_weight: 0 "
      "convolution_param { num_output: 1 kernel_size: 1 bias_term: false "
      "weight_filler { type: 'xavier' } bias_filler { type: 'constant' value: 0 } }";
  CaffeMaker maker(kInput + layer("Convolution", training));
  maker.blob("l", {1, 2, 1, 1}, {1, 2});
  EXPECT_THAT(maker.read().unsupported, IsEmpty());
}

TEST(CaffeFile, LeavesOutLayersOfTraining) {
  const std::string text =
      std::string(kInput) + layer("ReLU") +
      "layer { name: 'a' type: 'Accuracy' bottom: 'y' bottom: 'label' top: 'a' }\n"
      "layer { name: 's' type: 'SoftmaxWithLoss' bottom: 'y' bottom: 'label' }\n"
      "layer { name: 't' type: 'Odd' bottom: 'y' top: 'y' include { phase: TRAIN } }\n"
      "layer { name: 'e' type: 'Odd' bottom: 'y' top: 'y' exclude { phase: TEST } }\n"
      "layer { name: 'g' type: 'Odd' bottom: 'y' top: 'y' include { stage: 'x' } }\n";
  const Model model = CaffeMaker(text).read();
  EXPECT_THAT(model.unsupported, IsEmpty());
  EXPECT_EQ(model.graph.nodes.size(), 2u);
}

TEST(CaffeInput, ComesInEveryForm) {
  const char* forms[] = {kInput,
                         "input: 'data' input_dim: 1 input_dim: 2 input_dim: 7 input_dim: 6\n",
                         "input: 'data' input_shape { dim: 10 dim: 2 dim: 7 dim: 6 }\n"};
  for (const char* form : forms)
    EXPECT_EQ(CaffeMaker(form + layer("ReLU")).read().graph.input(), (Shape{2, 7, 6})) << form;
  EXPECT_EQ(CaffeMaker(kInput + layer("ReLU")).read({5, 4}).graph.input(), (Shape{2, 5, 4}));
  EXPECT_THAT(CaffeMaker(layer("ReLU")).error(), HasSubstr("deploy prototxt"));
}

TEST(CaffeInput, IsOneThoughDeclaredTwice) {
  const std::string relu = layer("ReLU");
  for (const char* again :
       {"input: 'data'\n", "input: 'data' input_dim: 1 input_dim: 2 input_dim: 7 input_dim: 6\n"}) {
    const Model model = CaffeMaker(again + std::string(kInput) + relu).read();
    EXPECT_THAT(model.unsupported, IsEmpty()) << again;
    EXPECT_EQ(model.graph.input(), (Shape{2, 7, 6})) << again;
  }
  EXPECT_THAT(CaffeMaker("input: 'data' input_shape { dim: 1 dim: 2 dim: 5 dim: 6 }\n" +
                         std::string(kInput) + relu)
                  .error(),
              HasSubstr("declared twice, with 1 x 2 x 5 x 6 and 1 x 2 x 7 x 6"));
}

TEST(CaffeWeights, AreReadWhateverAForkKeepsBesideThem) {
  // Field 202 of a layer is a message here and a number in the fork; so is 106, of convolutions.
  CaffeMaker maker(kInput + layer("Convolution",
                                  "convolution_param { num_output: 1 kernel_size: 1 bias_term: "
                                  "false }"));
  maker.blob("l", {1, 2, 1, 1}, {1, 2});
  for (const int number : {106, 202}) {
    auto* owner = maker.weights.mutable_layer(1);
    owner->GetReflection()->MutableUnknownFields(owner)->AddLengthDelimited(number, "\x07");
  }
  EXPECT_THAT(*last_op<Conv>(maker.read()).weights, ElementsAre(1, 2));
}

TEST(CaffeConvolution, OfForksHasAGroupForEachChannel) {
  for (const char* type : {"ConvolutionDepthwise", "DepthwiseConvolution"}) {
    CaffeMaker maker(kInput + layer(type,
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
    CaffeMaker maker(kInput + layer("Convolution", "convolution_param { num_output: 4 group: 2 " +
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

TEST(CaffeWeights, BelongToTheNetwork) {
  const std::string text =
      kInput + layer("Convolution", "convolution_param { num_output: 1 kernel_size: 1 }");
  EXPECT_THAT(CaffeMaker(text).error(),
              testing::AllOf(HasSubstr("'l' (Convolution)"), HasSubstr("another network")));
  CaffeMaker other(text);
  other.blob("l", {3, 2, 1, 1}, ramp(6));
  EXPECT_THAT(other.error(), HasSubstr("needs 2 numbers in its blob 0"));
  CaffeMaker unbiased(text);
  unbiased.blob("l", {1, 2, 1, 1}, ramp(2));
  EXPECT_THAT(unbiased.error(), HasSubstr("too few weights"));
  CaffeMaker damaged(text);
  damaged.blob("l", {1, 2, 1, 1}, ramp(3));
  EXPECT_THAT(damaged.error(), HasSubstr("holds 3 numbers"));
}

TEST(CaffePooling, RoundsUpUnlessTold) {
  // 7 x 6, kernel 2, stride 2: 3.5 x 3 windows.
  const std::string window = "pooling_param { kernel_size: 2 stride: 2 ";
  EXPECT_EQ(read_layer("Pooling", window + "}").graph.nodes[1].shape, (Shape{2, 4, 3}));
  EXPECT_EQ(read_layer("Pooling", window + "round_mode: FLOOR }").graph.nodes[1].shape,
            (Shape{2, 3, 3}));
  EXPECT_EQ(read_layer("Pooling", window + "ceil_mode: false }").graph.nodes[1].shape,
            (Shape{2, 3, 3}));
  // With padding a window that starts after the map is dropped: 7 + 2, kernel 1: rows -1 1 3 5.
  EXPECT_EQ(read_layer("Pooling", "pooling_param { kernel_size: 1 stride: 2 pad: 1 }")
                .graph.nodes[1]
                .shape,
            (Shape{2, 4, 4}));
}

TEST(CaffePooling, KeepsAnEmptyLastWindowWithoutPadding) {
  // ceil((n - kernel) / stride) + 1 windows of 7 x 6; window 3 of the columns starts at 6.
  const Model model = read_layer("Pooling", "pooling_param { kernel_size: 1 stride: 2 }");
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{2, 4, 4}));
  EXPECT_EQ(std::get<Pad>(model.graph.nodes[1].op).margins, (Margins{0, 0, 0, 1}));
  EXPECT_EQ(model.graph.nodes[1].name, "l/pad");
  const Model wide = read_layer("Pooling", "pooling_param { kernel_size: 2 stride: 3 }");
  EXPECT_EQ(wide.graph.nodes.back().shape, (Shape{2, 3, 3}));
  EXPECT_EQ(std::get<Pad>(wide.graph.nodes[1].op).margins, (Margins{0, 0, 0, 2}));
  // 2 x 2 with stride 2: the last window of 7 rows is cut, not empty.
  EXPECT_EQ(read_layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }").graph.nodes.size(),
            2u);
  EXPECT_THAT(
      CaffeMaker(kInput + layer("Pooling", "pooling_param { pool: AVE kernel_size: 1 stride: 2 }"))
          .reason(),
      HasSubstr("empty window"));
}

TEST(CaffePooling, CountsThePaddingInAnAverage) {
  const Model average =
      read_layer("Pooling", "pooling_param { pool: AVE kernel_h: 3 kernel_w: 2 pad: 1 }");
  const Pool op = last_op<Pool>(average);
  EXPECT_EQ(op.kind, Pool::Kind::average);
  EXPECT_TRUE(op.count_include_pad);
  EXPECT_EQ(op.kernel, (Size{3, 2}));
  const Model global = read_layer("Pooling", "pooling_param { pool: AVE global_pooling: true }");
  EXPECT_EQ(last_op<Reduce>(global).kind, Reduce::Kind::mean);
  EXPECT_EQ(last_op<Reduce>(global).axes, kOverSpace);
}

TEST(CaffeNormalisation, FollowsItsFormulas) {
  CaffeMaker norm(kInput + layer("BatchNorm", "batch_norm_param { eps: 1 }"));
  // Sums over a moving average of weight 2: mean 3, variance 8.
  norm.blob("l", {2}, {6, 0}).blob("l", {2}, {16, 16}).blob("l", {1}, {2});
  EXPECT_THAT(*last_op<Affine>(norm.read()).scale, Each(FloatEq(1 / 3.f)));
  EXPECT_THAT(*last_op<Affine>(norm.read()).shift, ElementsAre(FloatEq(-1), FloatEq(0)));
  CaffeMaker scale(kInput + layer("Scale", "scale_param { bias_term: true }"));
  scale.blob("l", {2}, {2, 3}).blob("l", {2}, {4, 5});
  EXPECT_THAT(*last_op<Affine>(scale.read()).scale, ElementsAre(2, 3));
  EXPECT_THAT(*last_op<Affine>(scale.read()).shift, ElementsAre(4, 5));
  const Model power = read_layer("Power", "power_param { scale: 2 shift: -1 }");
  EXPECT_THAT(*last_op<Affine>(power).scale, Each(2.f));
  EXPECT_THAT(*last_op<Affine>(power).shift, Each(-1.f));
  const Lrn lrn = last_op<Lrn>(read_layer("LRN"));
  EXPECT_EQ(lrn.size, 5);
  EXPECT_EQ(lrn.alpha, 1);
}

TEST(CaffeNormalisation, WithinAChannelReadsItsSquareOnly) {
  const Model model = read_layer(
      "LRN", "lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 alpha: 2 beta: 0.5 k: 7 }");
  const int last = int(model.graph.nodes.size()) - 1;
  EXPECT_EQ(model.graph.nodes[last].name, "l");
  EXPECT_EQ(model.graph.nodes[last].shape, (Shape{2, 7, 6}));
  EXPECT_EQ(neuron_box(model.graph, last, {3, 2}).clipped, (Rect{2, 1, 5, 4}));
  EXPECT_EQ(neuron_box(model.graph, last, {0, 5}).clipped, (Rect{0, 4, 2, 6}));
  const auto lrn =
      std::find_if(model.graph.nodes.begin(), model.graph.nodes.end(),
                   [](const Node& node) { return std::holds_alternative<Lrn>(node.op); });
  ASSERT_NE(lrn, model.graph.nodes.end());
  const Lrn& op = std::get<Lrn>(lrn->op);
  EXPECT_EQ(op.size, 9);
  EXPECT_EQ(op.alpha, 2);
  EXPECT_EQ(op.beta, 0.5f);
  EXPECT_EQ(op.k, 1);
}

TEST(CaffeNormalisation, OfAPositionOrOfTheMapIsByItsNorm) {
  const std::string text =
      kInput + layer("Normalize", "norm_param { across_spatial: false channel_shared: false }");
  const Model model = CaffeMaker(text).blob("l", {2}, {3, 4}).read();
  const auto& op = std::get<Normalisation>(model.graph.nodes[1].op);
  EXPECT_EQ(op.kind, Normalisation::Kind::l2);
  EXPECT_EQ(op.axes, kOverChannels);
  EXPECT_EQ(op.epsilon, 1e-10f);
  EXPECT_EQ(op.guard, Normalisation::Guard::inside_root);
  EXPECT_THAT(*last_op<Affine>(model).scale, ElementsAre(3, 4));
  const Model whole = CaffeMaker(kInput + layer("Normalize")).blob("l", {1}, {3}).read();
  EXPECT_EQ(std::get<Normalisation>(whole.graph.nodes[1].op).axes, kOverAll);
  EXPECT_EQ(neuron_box(whole.graph, int(whole.graph.nodes.size()) - 1, {3, 2}).clipped,
            (Rect{0, 0, 7, 6}));
}

TEST(CaffeNormalisation, ByMeanAndDeviationOfAChannelOrOfTheMap) {
  const auto each = last_op<Normalisation>(read_layer("MVN", ""));
  EXPECT_EQ(each.kind, Normalisation::Kind::standard);
  EXPECT_EQ(each.axes, kOverSpace);
  EXPECT_EQ(each.guard, Normalisation::Guard::added);
  EXPECT_EQ(each.epsilon, 1e-9f);
  const auto all = last_op<Normalisation>(
      read_layer("MVN", "mvn_param { across_channels: true normalize_variance: false eps: 2 }"));
  EXPECT_EQ(all.kind, Normalisation::Kind::centre);
  EXPECT_EQ(all.axes, kOverAll);
}

TEST(CaffeForks, ShuffleChannels) {
  const Model model = CaffeMaker("input: 'data' input_shape { dim: 1 dim: 6 dim: 4 dim: 3 }\n" +
                                 layer("ShuffleChannel", "shuffle_channel_param { group: 2 }") +
                                 "layer { name: 'n' type: 'LRN' bottom: 'y' top: 'n' }\n")
                          .read();
  EXPECT_EQ(std::get<Rearrange>(model.graph.nodes[1].op).digits,
            graph::shuffled(model.graph.input(), 2).digits);
  EXPECT_THAT(
      CaffeMaker(kInput + layer("ShuffleChannel", "shuffle_channel_param { group: 3 }")).error(),
      HasSubstr("do not divide"));
}

TEST(CaffeForks, ScaleByASecondBottom) {
  const std::string gate = std::string(kInput) +
                           "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p' "
                           "pooling_param { pool: AVE global_pooling: true } }\n"
                           "layer { name: 'g' type: 'Flatten' bottom: 'p' top: 'g' }\n";
  const Model scale = CaffeMaker(gate +
                                 "layer { name: 'l' type: 'Scale' bottom: 'data' bottom: "
                                 "'g' top: 'y' scale_param { axis: 0 } }\n")
                          .read();
  EXPECT_EQ(last_op<Elementwise>(scale).kind, Elementwise::Kind::product);
  EXPECT_EQ(scale.graph.nodes.back().shape, (Shape{2, 7, 6}));
  const Model axpy = CaffeMaker(gate +
                                "layer { name: 'l' type: 'Axpy' bottom: 'g' bottom: 'data' "
                                "bottom: 'data' top: 'y' }\n")
                         .read();
  EXPECT_EQ(last_op<Elementwise>(axpy).kind, Elementwise::Kind::sum);
  EXPECT_EQ(axpy.graph.nodes[axpy.graph.nodes.size() - 2].name, "l/product");
}

TEST(CaffeForks, Resize) {
  const auto shape = [](const std::string& type, const std::string& settings) {
    const Model model = CaffeMaker(kInput + layer(type, settings)).read();
    EXPECT_THAT(model.unsupported, IsEmpty()) << settings;
    EXPECT_EQ(kind_name(model.graph.nodes.back().op), "resize") << settings;
    return model.graph.nodes.back().shape;
  };
  EXPECT_EQ(shape("Interp", "interp_param { height: 9 width: 4 }"), (Shape{2, 9, 4}));
  EXPECT_EQ(shape("Interp", "interp_param { zoom_factor: 2 }"), (Shape{2, 13, 11}));
  EXPECT_EQ(shape("Interp", "interp_param { shrink_factor: 2 }"), (Shape{2, 4, 3}));
  EXPECT_EQ(shape("Interp", "interp_param { shrink_factor: 2 zoom_factor: 3 }"), (Shape{2, 10, 7}));
  EXPECT_EQ(shape("Interp", "interp_param { zoom_factor: 2 pad_beg: -1 pad_end: -2 }"),
            (Shape{2, 7, 5}));
  EXPECT_EQ(shape("Upsample", "upsample_param { scale: 2 }"), (Shape{2, 14, 12}));
  const Model upsample = read_layer("Upsample", "upsample_param { scale: 2 }");
  EXPECT_EQ(neuron_box(upsample.graph, 1, {5, 4}).clipped, (Rect{2, 2, 3, 3}));
  // The size it has already: nothing is computed.
  EXPECT_EQ(read_layer("Interp", "interp_param { height: 7 width: 6 }").graph.nodes.size(), 1u);
}

TEST(CaffeForks, ReorganiseAsDarknet) {
  const std::string input = "input: 'data' input_shape { dim: 1 dim: 4 dim: 4 dim: 6 }\n" +
                            layer("Reorg", "reorg_param { stride: 2 }") +
                            "layer { name: 'n' type: 'LRN' bottom: 'y' top: 'n' }\n";
  EXPECT_EQ(CaffeMaker(input).read().graph.nodes.back().shape, (Shape{16, 2, 3}));
  EXPECT_THAT(CaffeMaker(kInput + layer("Reorg")).error(), HasSubstr("does not divide"));
}

TEST(CaffeInnerProduct, FlattensMaps) {
  for (const bool transposed : {false, true}) {
    CaffeMaker maker(
        kInput + layer("InnerProduct", "inner_product_param { num_output: 3 bias_term: false " +
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
  const std::string text = std::string(kInput) +
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
      std::string(kInput) +
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
    return CaffeMaker(std::string(kInput) +
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

TEST(CaffeNames, AreTheLayersAndBlobsTheirLastWriters) {
  const std::string text =
      kInput + std::string(
                   "layer { name: 'conv1' type: 'Power' bottom: 'data' top: 'conv1' }\n"
                   "layer { name: 'relu1' type: 'ReLU' bottom: 'conv1' top: 'conv1' }\n"
                   "layer { name: 'drop1' type: 'Dropout' bottom: 'conv1' top: 'conv1' "
                   "dropout_param { dropout_ratio: 0.5 } }\n"
                   "layer { name: 'split' type: 'Split' bottom: 'conv1' top: 'a' top: 'b' }\n");
  const Model model = CaffeMaker(text).read();
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  EXPECT_EQ(model.graph.nodes[1].name, "conv1");
  EXPECT_THAT(model.graph.nodes[1].tensors, IsEmpty());
  EXPECT_EQ(model.graph.nodes[2].name, "relu1");
  EXPECT_THAT(model.graph.nodes[2].tensors, ElementsAre("conv1", "a", "b"));
  EXPECT_THAT(model.graph.nodes[2].aliases, ElementsAre("drop1", "split"));
  EXPECT_THAT(model.graph.outputs, ElementsAre(2, 2));
}

TEST(CaffeRefusal, LeavesOutTheLayerAndWhatDependsOnIt) {
  const std::string text =
      std::string(kInput) + "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }\n" +
      "layer { name: 'e' type: 'Tile' bottom: 'r' top: 'r' }\n"
      "layer { name: 'p' type: 'Pooling' bottom: 'r' top: 'p' pooling_param { kernel_size: 2 } }\n";
  const Model model = CaffeMaker(text).read();
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_EQ(model.unsupported[0].operation, "Tile");
  EXPECT_THAT(model.unsupported[0].names, ElementsAre("e", "r", "p"));
  EXPECT_THAT(model.unsupported[0].layers, ElementsAre("p"));
  EXPECT_THAT(model.unsupported[0].reads, ElementsAre("r"));
  EXPECT_THAT(model.graph.nodes.back().tensors, IsEmpty());
}

TEST(CaffeInput, IsNoLayerOfAll) {
  const std::string two =
      "layer { name: 'in' type: 'Input' top: 'data' top: 'im_info' input_param {"
      " shape { dim: 1 dim: 3 dim: 20 dim: 20 } shape { dim: 1 dim: 3 } } }\n";
  const Model model = CaffeMaker(two + layer("ReLU")).read();
  const std::vector<Layer> all = select_layers(model, {"all"});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].name, "l");
  EXPECT_THAT(error_of(kExitData, [&] { select_layers(model, {"im_info"}); }),
              HasSubstr("one input"));
}

TEST(CaffeRefusal, SaysWhatIsBeyondTheImporter) {
  const struct {
    const char *type, *settings, *reason;
  } cases[] = {
      {"Tile", "", "not supported"},
      {"Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }", "stochastic"},
      {"Pooling", "", "positive"},
      {"BatchNorm", "batch_norm_param { use_global_stats: false }", "use_global_stats"},
      {"Dropout", "dropout_param { scale_train: false }", "scale_train"},
      {"Scale", "bottom: 'data'", "axis 0"},
      {"Convolution", "convolution_param { num_output: 1 kernel_size: 1 kernel_h: 1 }", "twice"},
  };
  EXPECT_EQ(std::size(cases), 7u);
  for (const auto& c : cases)
    EXPECT_THAT(CaffeMaker(kInput + layer(c.type, c.settings)).reason(), HasSubstr(c.reason));
}

TEST(CaffeV1, NamesTheToolForOlderFiles) {
  CaffeMaker maker(
      "input: 'data' input_dim: 1 input_dim: 2 input_dim: 7 input_dim: 6\n"
      "layers { layer { name: 'p' type: 'pool' } bottom: 'data' top: 'p' }\n"
      "layers { name: 'r' type: RELU bottom: 'data' top: 'r' }\n");
  const Model model = maker.read();
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_THAT(model.unsupported[0].reason, HasSubstr("upgrade_net_proto_text"));
}

TEST(CaffeV1, ReadsAsTodaysLayers) {
  const std::string old =
      "input: 'data' input_dim: 1 input_dim: 2 input_dim: 7 input_dim: 6\n"
      "layers { name: 'c' type: CONVOLUTION bottom: 'data' top: 'c' blobs_lr: 1 blobs_lr: 2 "
      "weight_decay: 1 convolution_param { num_output: 3 kernel_size: 2 } }\n"
      "layers { name: 'r' type: RELU bottom: 'c' top: 'c' }\n"
      "layers { name: 'p' type: POOLING bottom: 'c' top: 'p' "
      "pooling_param { pool: AVE kernel_size: 2 } }\n"
      "layers { name: 'n' type: LRN bottom: 'p' top: 'n' lrn_param { local_size: 3 } }\n"
      "layers { name: 'd' type: DROPOUT bottom: 'n' top: 'n' }\n"
      "layers { name: 'j' type: CONCAT bottom: 'n' bottom: 'n' top: 'j' "
      "concat_param { concat_dim: 1 } }\n"
      "layers { name: 'e' type: ELTWISE bottom: 'j' bottom: 'j' top: 'e' "
      "eltwise_param { operation: MAX } }\n"
      "layers { name: 'f' type: INNER_PRODUCT bottom: 'e' top: 'f' "
      "inner_product_param { num_output: 2 } }\n"
      "layers { name: 's' type: SOFTMAX bottom: 'f' top: 's' }\n";
  CaffeMaker maker(old);
  auto* conv = maker.weights.add_layers();
  conv->set_name("c");
  for (const auto& [count, dims] : {std::pair{24, Ints{3, 2, 2, 2}}, {3, Ints{1, 1, 1, 3}}}) {
    auto* blob = conv->add_blobs();
    blob->set_num(int(dims[0])), blob->set_channels(int(dims[1]));
    blob->set_height(int(dims[2])), blob->set_width(int(dims[3]));
    for (const float v : ramp(count)) blob->add_data(v);
  }
  maker.blob("f", {2, 120}, ramp(240)).blob("f", {2}, ramp(2));
  const Model model = maker.read();
  EXPECT_THAT(model.unsupported, IsEmpty());
  std::vector<std::string> names;
  for (const Node& node : model.graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("data", "c", "r", "p", "n", "j", "e", "f/flatten", "f", "s"));
  EXPECT_EQ(std::get<Elementwise>(model.graph.nodes[6].op).kind, Elementwise::Kind::maximum);
}

}  // namespace
}  // namespace rfmap::test
