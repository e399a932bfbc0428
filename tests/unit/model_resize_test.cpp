// Resized, bordered and transposed maps of both formats.
#include <string>
#include <vector>

#include <caffe.pb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "model/constant.h"
#include "model/stretch.h"
#include "model_onnx.h"

namespace rfmap::test {
namespace {

using importing::Border;
using importing::bordered;
using importing::Coordinates;
using importing::Interpolation;
using importing::Refusal;
using importing::resized;
using importing::Resizing;
using importing::with_zeros;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;

/// [positions][n]
std::vector<std::vector<float>> matrix(const AxisTaps& taps, int n) {
  std::vector<std::vector<float>> rows;
  for (int u = 0; u < taps.positions(n); ++u) {
    rows.emplace_back(std::size_t(n), 0.f);
    for (int k = 0; k < taps.width; ++k) {
      const auto at = std::size_t(u * taps.width + k);
      if ((*taps.index)[at] >= 0) rows.back()[std::size_t((*taps.index)[at])] += (*taps.weight)[at];
    }
  }
  return rows;
}

/// The one cell that each position reads.
std::vector<int> cells(const AxisTaps& taps) {
  EXPECT_EQ(taps.width, 1);
  return *taps.index;
}

Resizing resizing(int n, int m, Interpolation interpolation, Coordinates coordinates) {
  return {n, m, float(m) / float(n), coordinates, interpolation};
}

TEST(ResizedAxis, Nearest) {
  const auto nearest = [](int n, int m, Interpolation i, Coordinates c = Coordinates::half_pixel) {
    return cells(resized(resizing(n, m, i, c)));
  };
  EXPECT_THAT(nearest(2, 4, Interpolation::round_down), ElementsAre(0, 0, 1, 1));
  // Coordinates 0, 0.5, 1, 1.5.
  const Coordinates whole = Coordinates::asymmetric;
  EXPECT_THAT(nearest(2, 4, Interpolation::round_down, whole), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(nearest(2, 4, Interpolation::round_up, whole), ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(nearest(2, 4, Interpolation::floor, whole), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(nearest(2, 4, Interpolation::ceil, whole), ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(nearest(2, 4, Interpolation::simple, whole), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(nearest(5, 3, Interpolation::simple, whole), ElementsAre(0, 2, 4));
  // 14.5 in exact arithmetic, a little less in single precision: a tie.
  EXPECT_EQ(nearest(20, 6, Interpolation::round_up)[4], 15);
  EXPECT_EQ(nearest(20, 6, Interpolation::round_down)[4], 14);
}

TEST(ResizedAxis, Linear) {
  const auto linear = [](int n, int m, Coordinates c) {
    return matrix(resized(resizing(n, m, Interpolation::linear, c)), n);
  };
  EXPECT_THAT(linear(2, 4, Coordinates::half_pixel),
              ElementsAre(ElementsAre(1, 0), ElementsAre(0.75f, 0.25f), ElementsAre(0.25f, 0.75f),
                          ElementsAre(0, 1)));
  EXPECT_THAT(linear(3, 5, Coordinates::align_corners),
              ElementsAre(ElementsAre(1, 0, 0), ElementsAre(0.5f, 0.5f, 0), ElementsAre(0, 1, 0),
                          ElementsAre(0, 0.5f, 0.5f), ElementsAre(0, 0, 1)));
  // A coordinate on a cell reads this cell alone.
  EXPECT_EQ((*resized(resizing(3, 5, Interpolation::linear, Coordinates::align_corners)).index)[5],
            -1);
}

TEST(ResizedAxis, AntialiasedWeightsAreATriangleOfTwiceTheFactor) {
  Resizing r = resizing(8, 4, Interpolation::linear, Coordinates::half_pixel);
  r.antialias = true;
  // Around 2.5: distances 1.5 and 0.5 of 2.
  const auto weights = matrix(resized(r), 8)[1];
  EXPECT_THAT(weights, ElementsAre(0, 0.125f, 0.375f, 0.375f, 0.125f, 0, 0, 0));
  EXPECT_THAT(matrix(resized(r), 8)[0], ElementsAre(0.5f, 0.375f, 0.125f, 0, 0, 0, 0, 0));
  r.exclude_outside = true;
  EXPECT_THAT(matrix(resized(r), 8)[0],
              ElementsAre(FloatEq(3 / 7.f), FloatEq(3 / 7.f), FloatEq(1 / 7.f), 0, 0, 0, 0, 0));
}

TEST(ResizedAxis, CubicSumsToOneAndPassesCubics) {
  Resizing r = resizing(9, 31, Interpolation::cubic, Coordinates::half_pixel);
  r.cubic_a = -0.5f;  // reproduces parabolas
  const auto rows = matrix(resized(r), 9);
  for (int u = 6; u < 25; ++u) {  // away from the border
    const double x = (u + 0.5) * 9 / 31 - 0.5;
    double sum = 0, square = 0;
    for (int i = 0; i < 9; ++i) {
      sum += rows[std::size_t(u)][std::size_t(i)];
      square += rows[std::size_t(u)][std::size_t(i)] * i * i;
    }
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_NEAR(square, x * x, 1e-4) << u;
  }
}

TEST(ResizedAxis, CropsLeaveOutWhatIsBeyondTheMap) {
  Resizing r = resizing(5, 5, Interpolation::linear, Coordinates::crop);
  r.factor = 1.01f;
  r.crop_begin = -0.5f;
  r.crop_end = 0.5f;  // coordinates -2, -1, 0, 1, 2
  EXPECT_THAT(cells(resized(r)), ElementsAre(-1, -1, 0, 1, 2));
}

TEST(BorderedAxis, CopiesItsOwnValues) {
  EXPECT_THAT(cells(bordered(4, 2, 3, Border::reflect)), ElementsAre(2, 1, 0, 1, 2, 3, 2, 1, 0));
  EXPECT_THAT(cells(bordered(3, 2, 1, Border::edge)), ElementsAre(0, 0, 0, 1, 2, 2));
  EXPECT_THAT(cells(bordered(3, 4, 2, Border::wrap)), ElementsAre(2, 0, 1, 2, 0, 1, 2, 0, 1));
  EXPECT_THAT(cells(bordered(5, -2, 1, Border::reflect)), ElementsAre(2, 3, 4, 3));
  EXPECT_THAT(cells(bordered(5, -2, 2, Border::wrap)), ElementsAre(2, 3, 4, 2, 3));
  EXPECT_EQ(bordered(5, 0, 0, Border::edge).index, nullptr);
  EXPECT_THROW(bordered(3, 3, 0, Border::reflect), Refusal);
  EXPECT_THROW(bordered(3, -2, -1, Border::edge), Refusal);
}

TEST(SpreadAxis, HasZerosBetweenItsValues) {
  EXPECT_THAT(cells(with_zeros(3, 2, 0, 7)), ElementsAre(0, -1, 1, -1, 2, -1, -1));
  EXPECT_THAT(cells(with_zeros(3, 3, 2, 4)), ElementsAre(-1, 1, -1, -1));
}

TEST(OnnxConvTranspose, IsAConvolutionByTheTurnedKernel) {
  OnnxMaker maker({1, 2, 5, 4});
  maker.node("ConvTranspose", {"x", "w", "b"}, {"y"}, "up")
      .ints("strides", {2, 3})
      .ints("pads", {1, 0, 0, 0});
  std::vector<float> weights;
  for (int i = 0; i < 2 * 3 * 2; ++i) weights.push_back(float(i));
  maker.weights("w", {2, 3, 1, 2}, weights);
  maker.weights("b", {3});
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  EXPECT_EQ(model.graph.nodes[1].name, "up/zeros");
  const auto& apart = std::get<Resample>(model.graph.nodes[1].op);
  EXPECT_THAT(cells(apart.y), ElementsAre(-1, 1, -1, 2, -1, 3, -1, 4));
  EXPECT_THAT(cells(apart.x), ElementsAre(0, -1, -1, 1, -1, -1, 2, -1, -1, 3));
  const Conv& conv = last_op<Conv>(model);
  EXPECT_EQ(conv.pad, (Margins{0, 1, 0, 1}));
  EXPECT_EQ(conv.stride, (Size{1, 1}));
  EXPECT_THAT(*conv.weights, ElementsAre(1, 0, 7, 6, 3, 2, 9, 8, 5, 4, 11, 10));
  EXPECT_EQ(conv.bias->size(), 3u);
}

TEST(OnnxConvTranspose, KeepsGroupsApart) {
  OnnxMaker maker({1, 4, 3, 3});
  maker.node("ConvTranspose", {"x", "w"}, {"y"}).integer("group", 2);
  maker.weights("w", {4, 1, 1, 1}, {1, 2, 3, 4});
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);  // stride 1 needs no zeros
  EXPECT_THAT(*last_op<Conv>(model).weights, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(last_op<Conv>(model).out_channels, 2);
}

TEST(OnnxPad, ChannelsAreJoinedWithConstants) {
  OnnxMaker maker({1, 2, 3, 3});
  maker.integers("pads", {0, 1, 0, 0, 0, -1, 0, 0});
  maker.weights("value", {}, {0.5f});
  maker.node("Pad", {"x", "pads", "value"}, {"y"}, "pad");
  const Model model = maker.read();
  EXPECT_EQ(model.graph.nodes.back().name, "pad");
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{2, 3, 3}));
  EXPECT_EQ(last_op<Concat>(model).axis, 0);
  const Node* constant = find_node(model.graph, "pad/before");
  ASSERT_NE(constant, nullptr);
  EXPECT_EQ(*std::get<Parameter>(constant->op).values, std::vector<float>(9, 0.5f));
}

TEST(OnnxResize, ValuesBeyondTheMapAreAddedWhereItHasNone) {
  OnnxMaker maker({1, 1, 2, 3}, 19);
  maker.weights("roi", {8}, {0, 0, 0, -0.5f, 1, 1, 1, 1.5f});
  maker.integers("n", {1, 1, 2, 5});
  maker.node("Resize", {"x", "roi", "", "n"}, {"y"}, "crop")
      .string("mode", "linear")
      .string("coordinate_transformation_mode", "tf_crop_and_resize")
      .real("extrapolation_value", 7);
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  EXPECT_THAT(*last_op<Affine>(model).shift, ElementsAre(7, 0, 0, 0, 7, 7, 0, 0, 0, 7));
}

TEST(OnnxResize, OfChannelsLastRunsOverTheMap) {
  OnnxMaker maker({1, 2, 5, 4}, 19);
  maker.node("Transpose", {"x"}, {"t"}).ints("perm", {0, 2, 3, 1});
  maker.weights("f", {4}, {1, 2, 3, 1});
  maker.node("Resize", {"t", "", "f"}, {"y"}, "up");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  EXPECT_EQ(model.graph.nodes[1].shape, (Shape{2, 10, 12}));
  EXPECT_THAT(cells(last_op<Resample>(model).y), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3, 4, 4));
  ASSERT_EQ(model.graph.nodes[1].moved.size(), 1u);
  EXPECT_EQ(model.graph.nodes[1].moved[0].name, "y");
}

TEST(OnnxResize, OfChannelsMovesThemToRows) {
  OnnxMaker maker({1, 2, 5, 4}, 19);
  maker.weights("f", {4}, {1, 2, 1, 1});
  maker.node("Resize", {"x", "", "f"}, {"y"}, "up");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  EXPECT_EQ(model.graph.nodes[2].shape, (Shape{1, 4, 20}));
  EXPECT_THAT(cells(last_op<Resample>(model).y), ElementsAre(0, 0, 1, 1));
}

TEST(OnnxPad, CopiesOfChannelsLastRunOverTheMap) {
  OnnxMaker maker({1, 2, 5, 4});
  maker.node("Transpose", {"x"}, {"t"}).ints("perm", {0, 2, 3, 1});
  maker.integers("pads", {0, 1, 0, 0, 0, 0, 1, 0});
  maker.node("Pad", {"t", "pads"}, {"y"}, "pad").string("mode", "reflect");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  EXPECT_THAT(cells(last_op<Resample>(model).y), ElementsAre(1, 0, 1, 2, 3, 4));
  EXPECT_THAT(cells(last_op<Resample>(model).x), ElementsAre(0, 1, 2, 3, 2));
}

constexpr const char* kInput =
    "layer { name: 'in' type: 'Input' top: 'data'"
    "        input_param { shape { dim: 1 dim: 2 dim: 3 dim: 4 } } }\n";

/// A network of one layer "l" with these blobs, each a list of numbers.
Model read_caffe(const std::string& type, const std::string& settings,
                 const std::vector<std::vector<float>>& blobs) {
  caffe::NetParameter weights;
  weights.add_layer()->set_name("l");
  for (const auto& values : blobs) {
    auto* blob = weights.mutable_layer(0)->add_blobs();
    blob->mutable_shape()->add_dim(std::int64_t(values.size()));
    for (const float v : values) blob->add_data(v);
  }
  const TemporaryFolder folder;
  const std::string text = std::string(kInput) + "layer { name: 'l' type: '" + type +
                           "' bottom: 'data' top: 'y' " + settings + " }\n";
  return read_model({folder.write("net.prototxt", text),
                     folder.write("net.caffemodel", weights.SerializeAsString()),
                     {}});
}

TEST(CaffeDeconvolution, IsATransposedConvolution) {
  const Model model =
      read_caffe("Deconvolution",
                 "convolution_param { num_output: 2 group: 2 kernel_size: 2 stride: 2 dilation: 3 "
                 "pad: 1 }",
                 {{1, 2, 3, 4, 5, 6, 7, 8}, {0.5f, 0.25f}});
  EXPECT_THAT(model.unsupported, IsEmpty());
  EXPECT_EQ(kind_name(model.graph.nodes.back().op), "transposed convolution");
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{2, 6, 8}));
  const Conv& conv = last_op<Conv>(model);
  EXPECT_EQ(conv.groups, 2);
  EXPECT_EQ(conv.dilation, (Size{3, 3}));
  EXPECT_EQ(conv.pad, (Margins{2, 2, 2, 2}));
  EXPECT_THAT(*conv.weights, ElementsAre(4, 3, 2, 1, 8, 7, 6, 5));
  EXPECT_THAT(*conv.bias, ElementsAre(0.5f, 0.25f));
}

TEST(CaffeDeconvolution, NeedsItsWeights) {
  EXPECT_THAT(error_of(kExitData,
                       [] {
                         read_caffe("Deconvolution",
                                    "convolution_param { num_output: 1 kernel_size: 1 }", {});
                       }),
              HasSubstr("no weights"));
}

TEST(CaffeInterp, IsLinearBetweenTheCorners) {
  const Model model = read_caffe("Interp", "interp_param { height: 5 width: 4 }", {});
  const auto& op = last_op<Resample>(model);
  EXPECT_EQ(op.x.index, nullptr);
  EXPECT_THAT(matrix(op.y, 3),
              ElementsAre(ElementsAre(1, 0, 0), ElementsAre(0.5f, 0.5f, 0), ElementsAre(0, 1, 0),
                          ElementsAre(0, 0.5f, 0.5f), ElementsAre(0, 0, 1)));
}

TEST(CaffeUpsample, RepeatsValues) {
  const Model model = read_caffe("Upsample", "upsample_param { scale: 2 }", {});
  EXPECT_THAT(cells(last_op<Resample>(model).y), ElementsAre(0, 0, 1, 1, 2, 2));
}

}  // namespace
}  // namespace rfmap::test
