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
  return read_model({maker.write(folder), "", {}, {}, true});
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

TEST(ModelTheory, ResizeOfTheBatchIsRefused) {
  OnnxMaker maker({1, 1, 6, 4});
  maker.node("Relu", {"x"}, {"r"}, "relu");
  maker.node("Resize", {"r", "", "f"}, {"a"}, "a");
  maker.weights("f", {4}, {2, 1, 2, 2});
  maker.output("a");
  EXPECT_THAT(maker.read().unsupported.at(0).reason, HasSubstr("not supported"));
  const Model model = read_for_theory(maker);
  EXPECT_THAT(model.unsupported, IsEmpty());
  EXPECT_THAT(last_op<TheoryOnly>(model).reason, HasSubstr("batch"));
  EXPECT_FALSE(last_op<TheoryOnly>(model).shape_known);
}

TEST(ModelTheory, WindowsOverThreeAxesCountAsGlobal) {
  OnnxMaker maker({1, 4, 6, 4});
  maker.integers("deep", {1, 2, 2, 6, 4});
  maker.node("Reshape", {"x", "deep"}, {"v"});
  maker.weights("w", {3, 2, 2, 3, 3});
  maker.node("Conv", {"v", "w"}, {"y"}, "conv");
  const Model model = read_for_theory(maker);
  EXPECT_THAT(last_op<TheoryOnly>(model).reason, HasSubstr("run over three axes (2 x 3 x 3)"));
  EXPECT_TRUE(theory_table(model.graph, select_layers(model, {"conv"})).rows[0].global);
}

/// Conv - Secret - Relu - MaxPool.
OnnxMaker with_unknown() {
  OnnxMaker maker({1, 4, 9, 8});
  maker.node("Conv", {"x", "w"}, {"c"}, "conv");
  maker.node("Secret", {"c", "x"}, {"s"}, "secret").integer("k", 3);
  maker.node("Relu", {"s"}, {"r"}, "relu");
  maker.node("MaxPool", {"r"}, {"y"}, "pool").ints("kernel_shape", {2, 2});
  maker.weights("w", {6, 4, 3, 3});
  maker.output("y");
  return maker;
}

TEST(ModelTheory, AnUnknownOperationCountsAsGlobal) {
  OnnxMaker maker = with_unknown();
  auto* shape = maker.graph().add_value_info();
  shape->set_name("s");
  auto* dims = shape->mutable_type()->mutable_tensor_type()->mutable_shape();
  dims->add_dim()->set_dim_param("N");
  for (const int side : {6, 5, 4}) dims->add_dim()->set_dim_value(side);
  const Model model = read_for_theory(maker);
  EXPECT_THAT(model.unsupported, IsEmpty());
  const Node* secret = find_node(model.graph, "secret");
  ASSERT_NE(secret, nullptr);
  EXPECT_EQ(secret->shape, (Shape{6, 5, 4}));
  EXPECT_EQ(secret->inputs, (std::vector<int>{1, 0}));
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{6, 4, 3}));
  const TheoryTable table = theory_table(model.graph, {{"pool", 4}});
  EXPECT_TRUE(table.rows[0].global);
  EXPECT_TRUE(table.rows[0].known);
  ASSERT_EQ(table.assumed.size(), 1u);
  EXPECT_EQ(table.assumed[0].operation, "Secret");
}

TEST(ModelTheory, WithoutItsExtentsWhatReadsItHasNoneEither) {
  const Model model = read_for_theory(with_unknown());
  ASSERT_EQ(model.graph.nodes.size(), 5u);
  const TheoryTable table = theory_table(model.graph, {{"secret", 2}, {"relu", 3}, {"pool", 4}});
  for (const TheoryRow& row : table.rows) {
    EXPECT_TRUE(row.global) << row.name;
    EXPECT_EQ(row.map, (Size{0, 0})) << row.name;
    EXPECT_EQ(row.size[0], 9) << row.name;
    EXPECT_EQ(row.known, row.name != "secret");
  }
  ASSERT_EQ(table.assumed.size(), 1u);  // relu and pool are known
  EXPECT_EQ(table.assumed[0].count, 1);
  EXPECT_EQ(with_unknown().read().unsupported.size(), 1u);
}

TEST(ModelTheory, EveryOutputOfAnUnknownOperationIsRead) {
  OnnxMaker maker({1, 4, 9, 8});
  maker.node("Secret", {"x"}, {"a", "b"}, "secret");
  maker.node("Add", {"a", "b"}, {"y"}, "sum");
  maker.output("y");
  const Model model = read_for_theory(maker);
  ASSERT_EQ(model.graph.nodes.size(), 4u);
  EXPECT_EQ(model.graph.nodes.back().inputs, (std::vector<int>{1, 2}));
}

/// Weights 3 x 3, a normalisation, a vector product.
OnnxMaker with_weights() {
  OnnxMaker maker({1, 4, 9, 8});
  maker.node("Conv", {"x", "w", "b"}, {"c"}, "conv").ints("strides", {2, 2});
  maker.node("BatchNormalization", {"c", "s", "b", "b", "s"}, {"n"}, "norm");
  maker.node("Mul", {"n", "f"}, {"m"}, "factor");
  maker.node("GlobalAveragePool", {"m"}, {"g"}, "mean");
  maker.node("Flatten", {"g"}, {"v"}, "flat");
  maker.node("Transpose", {"d"}, {"t"}, "turn").ints("perm", {1, 0});
  maker.node("Gemm", {"v", "t"}, {"y"}, "dense");
  maker.output("y");
  return maker;
}

void add_weights(OnnxMaker& maker) {
  maker.weights("w", {6, 4, 3, 3});
  maker.weights("b", {6});
  maker.weights("s", {6});
  maker.weights("f", {6, 1, 1});
  maker.weights("d", {10, 6});
}

TEST(ModelTheory, WeightsAreNotNeeded) {
  OnnxMaker whole = with_weights();
  add_weights(whole);
  const Model wanted = read_for_theory(whole);
  for (const bool external : {false, true}) {
    OnnxMaker stripped = whole;
    for (auto& tensor : *stripped.graph().mutable_initializer()) {
      tensor.clear_float_data();
      if (!external) continue;
      tensor.set_data_location(onnx::TensorProto::EXTERNAL);
      auto* entry = tensor.add_external_data();
      entry->set_key("location");
      entry->set_value("absent.data");
    }
    const Model model = read_for_theory(stripped);
    EXPECT_THAT(model.unsupported, IsEmpty());
    EXPECT_EQ(model.weights_sha256, "");
    ASSERT_EQ(model.graph.nodes.size(), wanted.graph.nodes.size());
    for (std::size_t i = 0; i < model.graph.nodes.size(); ++i) {
      EXPECT_EQ(model.graph.nodes[i].name, wanted.graph.nodes[i].name);
      EXPECT_EQ(model.graph.nodes[i].aliases, wanted.graph.nodes[i].aliases);
      EXPECT_EQ(model.graph.nodes[i].shape, wanted.graph.nodes[i].shape);
    }
    EXPECT_THAT(error_of(kExitData, [&] { stripped.read(); }),
                HasSubstr(external ? "absent.data" : "weights are missing"));
  }
}

TEST(ModelTheory, SmallWeightsCountHoweverManyLargeOnesAreMissing) {
  OnnxMaker maker({1, 512, 5, 4});
  std::string tensor = "x";
  for (int i = 0; i < 70; ++i) {
    const std::string n = std::to_string(i);
    maker.node("Conv", {tensor, "w" + n}, {"c" + n}, "conv" + n);
    maker.node("BatchNormalization", {"c" + n, "s" + n, "s" + n, "s" + n, "s" + n}, {"n" + n});
    maker.weights("w" + n, {512, 512, 1, 1}, {});
    maker.weights("s" + n, {512}, {});
    tensor = "n" + n;
  }
  maker.output(tensor);
  EXPECT_THAT(read_for_theory(maker).unsupported, IsEmpty());
}

TEST(ModelTheory, LargeWeightsAreNotNeededEither) {
  OnnxMaker maker({1, 1024, 5, 4});
  maker.node("Conv", {"x", "w"}, {"c"}, "conv");
  maker.node("BatchNormalization", {"c", "s", "s", "s", "s"}, {"n"}, "norm");
  maker.node("Flatten", {"n"}, {"v"}, "flat");
  maker.node("Gemm", {"v", "d"}, {"y"}, "dense").integer("transB", 1);
  maker.weights("w", {1024, 1024, 3, 3}, {});
  maker.weights("s", {1024}, {});
  maker.weights("d", {1000, 6144}, {});
  maker.output("y");
  const Model model = read_for_theory(maker);
  EXPECT_THAT(model.unsupported, IsEmpty());
  ASSERT_EQ(model.graph.nodes.size(), 4u);  // the normalisation is folded
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{1000, 1, 1}));
  EXPECT_EQ(std::get<Conv>(model.graph.nodes[1].op).weights, nullptr);
}

TEST(ModelTheory, MissingShapesAreNotGuessed) {
  OnnxMaker maker({1, 1, 6, 4});
  maker.node("Resize", {"x", "", "f"}, {"a"}, "a").string("mode", "linear");
  maker.weights("f", {4}, {});
  maker.output("a");
  const Model model = read_for_theory(maker);
  EXPECT_THAT(last_op<TheoryOnly>(model).reason, HasSubstr("'f'"));
  EXPECT_FALSE(last_op<TheoryOnly>(model).shape_known);
}

TEST(ModelTheory, FunctionsOfOneNumberKeepTheField) {
  OnnxMaker maker({1, 4, 9, 8});
  maker.node("Elu", {"x"}, {"e"}, "elu").real("alpha", 0.5f);
  maker.output("e");
  const Model model = read_for_theory(maker);
  EXPECT_EQ(kind_name(model.graph.nodes.back().op), "ELU");
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

TEST(ModelTheory, APrototxtIsEnough) {
  const TemporaryFolder folder;
  const std::string text =
      "layer { name: 'in' type: 'Input' top: 'data'"
      "        input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }\n"
      "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv'"
      "        convolution_param { num_output: 4 kernel_size: 3 stride: 2 } }\n"
      "layer { name: 'norm' type: 'BatchNorm' bottom: 'conv' top: 'conv' }\n"
      "layer { name: 'scale' type: 'Scale' bottom: 'conv' top: 'conv'"
      "        scale_param { bias_term: true } }\n"
      "layer { name: 'odd' type: 'Odd' bottom: 'conv' top: 'odd' }\n"
      "layer { name: 'fc' type: 'InnerProduct' bottom: 'conv' top: 'fc'"
      "        inner_product_param { num_output: 5 } }\n";
  ModelFiles files{folder.write("net.prototxt", text), "", {}, {}, true};
  const Model model = read_model(files);
  EXPECT_THAT(model.unsupported, IsEmpty());
  EXPECT_EQ(model.weights_sha256, "");
  EXPECT_EQ(model.graph.nodes[1].shape, (Shape{4, 4, 4}));
  EXPECT_THAT(model.graph.nodes[1].aliases, testing::Contains("scale"));
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{5, 1, 1}));
  const Node* odd = find_node(model.graph, "odd");
  ASSERT_NE(odd, nullptr);
  EXPECT_FALSE(std::get<TheoryOnly>(odd->op).shape_known);
  files.theory = false;
  EXPECT_THAT(error_of(kExitUsage, [&] { read_model(files); }), HasSubstr("--weights"));
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
