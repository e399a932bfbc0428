// Operations that importers read for theory only.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/theory.h"

#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Model read_for_theory(const OnnxMaker& maker) {
  const TemporaryFolder folder;
  return read_model({maker.write(folder), "", {}, true});
}

OnnxMaker transposed() {
  OnnxMaker maker({1, 2, 5, 4});
  maker.node("Relu", {"x"}, {"r"}, "relu");
  maker.node("ConvTranspose", {"r", "w"}, {"y"}, "up")
      .ints("strides", {2, 3})
      .ints("pads", {1, 0, 0, 0});
  maker.weights("w", {2, 6, 4, 3});
  maker.output("y");
  return maker;
}

TEST(ModelTheory, TransposedConvolutions) {
  for (const Model& model : {read_for_theory(transposed()), transposed().read()}) {
    EXPECT_THAT(model.unsupported, IsEmpty());
    const int last = int(model.graph.nodes.size()) - 1;
    EXPECT_EQ(model.graph.nodes.back().name, "up");
    EXPECT_EQ(model.graph.nodes.back().shape, (Shape{6, 11, 12}));
    EXPECT_EQ(kind_name(model.graph.nodes.back().op), "transposed convolution");
    EXPECT_EQ(neuron_box(model.graph, last, {0, 5}).clipped, (Rect{0, 1, 1, 2}));
    EXPECT_EQ(neuron_box(model.graph, last, {3, 5}).clipped, (Rect{1, 1, 3, 2}));
  }
}

TEST(ModelTheory, NoEngineRunsThem) {
  EXPECT_THAT(error_of(kExitData,
                       [] {
                         computed(TheoryOnly{"normalisation", {}, {}});
                       }),
              HasSubstr("normalisation"));
}

TEST(ModelTheory, ResizeTakesFactorsOrExtents) {
  OnnxMaker maker({1, 1, 6, 4});
  maker.node("Resize", {"x", "", "f"}, {"a"}, "a").string("mode", "linear");
  maker.node("Resize", {"a", "", "", "n"}, {"b"}, "b").string("mode", "nearest");
  maker.weights("f", {4}, {1, 1, 2, 0.5f});
  maker.integers("n", {1, 1, 3, 4});
  maker.output("b");
  const Model model = read_for_theory(maker);
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  EXPECT_EQ(model.graph.nodes[1].shape, (Shape{1, 12, 2}));
  EXPECT_EQ(model.graph.nodes[2].shape, (Shape{1, 3, 4}));
  EXPECT_EQ(neuron_box(model.graph, 1, {5, 1}).clipped, (Rect{2, 2, 4, 4}));
  const TheoryTable table = theory_table(model.graph, {{"a", 1}});
  EXPECT_EQ(table.rows[0].jump[0], 0.5);
  EXPECT_EQ(table.rows[0].jump[1], 2);
}

TEST(ModelTheory, ResizeOfChannelsIsRefused) {
  OnnxMaker maker({1, 1, 6, 4});
  maker.node("Relu", {"x"}, {"r"}, "relu");
  maker.node("Resize", {"r", "", "f"}, {"a"}, "a");
  maker.weights("f", {4}, {1, 2, 2, 2});
  maker.output("a");
  const Model model = read_for_theory(maker);
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_THAT(model.unsupported[0].reason, HasSubstr("channels"));
}

TEST(ModelTheory, ActivationsOfNoEngineKeepTheField) {
  OnnxMaker maker({1, 4, 9, 8});
  maker.node("Elu", {"x"}, {"e"}, "elu").real("alpha", 0.5f);
  maker.output("e");
  const Model model = read_for_theory(maker);
  EXPECT_EQ(kind_name(model.graph.nodes.back().op), "Elu");
  const Field field = theoretical_fields(model.graph).back();
  EXPECT_EQ(field.y.size(), 1);
  EXPECT_EQ(field_box(field, {8, 7}), (Rect{8, 7, 9, 8}));
}

/// A file of weights with one unused layer: field 100 of 3 bytes, its name "n".
const std::string kNoWeights("\xa2\x06\x03\x0a\x01n", 6);

constexpr const char* kFullyConvolutional =
    "layer { name: 'in' type: 'Input' top: 'data'"
    "        input_param { shape { dim: 1 dim: 1 dim: 8 dim: 8 } } }\n"
    "layer { name: 'pool' type: 'Pooling' bottom: 'data' top: 'pool'"
    "        pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    "layer { name: 'up' type: 'Deconvolution' bottom: 'pool' top: 'up'"
    "        convolution_param { num_output: 1 kernel_size: 4 stride: 2 bias_term: false } }\n"
    "layer { name: 'crop' type: 'Crop' bottom: 'up' bottom: 'data' top: 'crop'"
    "        crop_param { axis: 2 offset: 1 } }\n"
    "layer { name: 'sum' type: 'Eltwise' bottom: 'crop' bottom: 'data' top: 'sum' }\n";

TEST(ModelTheory, CaffesDeconvolutionAndCropOfAFullyConvolutionalNetwork) {
  const TemporaryFolder folder;
  const ModelFiles files{folder.write("net.prototxt", kFullyConvolutional),
                         folder.write("net.caffemodel", kNoWeights),
                         {},
                         true};
  const Model model = read_model(files);
  EXPECT_THAT(model.unsupported, IsEmpty());
  const Node* crop = find_node(model.graph, "crop");
  ASSERT_NE(crop, nullptr);
  EXPECT_EQ(crop->shape, (Shape{1, 8, 8}));
  const int last = int(model.graph.nodes.size()) - 1;
  // Row 2 of the crop is row 3 of `up`: rows 0 and 1 of `pool`, rows 0 to 3 of the image.
  EXPECT_EQ(neuron_box(model.graph, last, {2, 2}).clipped, (Rect{0, 0, 4, 4}));
  // Paths of one jump around one centre: the changes by upsampling are no misalignment.
  EXPECT_TRUE(theory_table(model.graph, {{"sum", last}}).rows[0].aligned);
}

TEST(ModelTheory, CropIsMeasuredToo) {
  const TemporaryFolder folder;
  const std::string text =
      "layer { name: 'in' type: 'Input' top: 'data'"
      "        input_param { shape { dim: 1 dim: 1 dim: 8 dim: 7 } } }\n"
      "layer { name: 'pool' type: 'Pooling' bottom: 'data' top: 'pool'"
      "        pooling_param { pool: MAX kernel_size: 3 stride: 2 } }\n"
      "layer { name: 'crop' type: 'Crop' bottom: 'data' bottom: 'pool' top: 'crop'"
      "        crop_param { offset: 2 offset: 3 } }\n";
  const Model model = read_model(
      {folder.write("net.prototxt", text), folder.write("net.caffemodel", kNoWeights), {}});
  const Node* crop = find_node(model.graph, "crop");
  ASSERT_NE(crop, nullptr);
  EXPECT_EQ(crop->shape, (Shape{1, 4, 3}));
  EXPECT_EQ(neuron_box(model.graph, int(model.graph.nodes.size()) - 1, {1, 2}).clipped,
            (Rect{3, 5, 4, 6}));
}

}  // namespace
}  // namespace rfmap::test
