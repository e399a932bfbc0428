#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sha256.h"
#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// x [1, 1, 3, 3] -> Conv with a 1 x 2 kernel whose weights the test changes.
OnnxMaker one_conv(int opset = 13) {
  OnnxMaker maker({1, 1, 3, 3}, opset);
  maker.node("Conv", {"x", "w"}, {"y"}, "conv");
  maker.output("y");
  return maker;
}

void add_entry(onnx::TensorProto& tensor, const std::string& key, const std::string& value) {
  auto* entry = tensor.add_external_data();
  entry->set_key(key);
  entry->set_value(value);
}

/// The tensor "w" [1, 1, 1, 2] with its numbers in another file.
onnx::TensorProto& external_weights(OnnxMaker& maker, const std::string& location,
                                    const std::string& offset = "") {
  auto& tensor = maker.weights("w", {1, 1, 1, 2}, {});
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  add_entry(tensor, "location", location);
  if (!offset.empty()) add_entry(tensor, "offset", offset);
  return tensor;
}

std::string bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::string read_error(const OnnxMaker& maker, Size size = {}) {
  return error_of(kExitData, [&] { maker.read(size); });
}

TEST(OnnxFile, SaysWhatIsWrongWithTheFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(kExitUsage,
                       [&] {
                         read_model({folder / "none.onnx", "", {}});
                       }),
              HasSubstr("does not exist"));
  const std::string noise = folder.write("noise.onnx", std::string(1000, '\xff'));
  EXPECT_THAT(error_of(kExitData, [&] { read_model({noise, "", {}}); }), HasSubstr("noise.onnx"));
  const std::string empty = folder.write("empty.onnx", "");
  EXPECT_THAT(error_of(kExitData,
                       [&] {
                         read_model({empty, "", {}});
                       }),
              HasSubstr("no ONNX graph"));
  OnnxMaker maker = one_conv();
  maker.weights("w", {1, 1, 1, 2});
  const std::string whole = maker.model.SerializeAsString();
  const std::string cut = folder.write("cut.onnx", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(error_of(kExitData, [&] { read_model({cut, "", {}}); }), HasSubstr("truncated"));
  const std::string path = maker.write(folder);
  EXPECT_THAT(error_of(kExitUsage,
                       [&] {
                         read_model({path, "w.caffemodel", {}});
                       }),
              HasSubstr("--weights"));
  EXPECT_EQ(read_model({path, "", {}}).model_sha256, core::sha256_of_files({path}));
  EXPECT_EQ(read_model({path, "", {}}).weights_sha256, "");
}

TEST(OnnxFile, RefusesGraphsThatContradictThemselves) {
  OnnxMaker nothing = one_conv();
  EXPECT_THAT(read_error(nothing), HasSubstr("'w', which nothing makes"));
  OnnxMaker cycle;
  cycle.node("Add", {"x", "b"}, {"a"});
  cycle.node("Relu", {"a"}, {"b"});
  EXPECT_THAT(read_error(cycle), HasSubstr("cycle"));
  OnnxMaker old = one_conv(6);
  old.weights("w", {1, 1, 1, 2});
  EXPECT_THAT(read_error(old), HasSubstr("older than 7"));
}

TEST(OnnxFile, SortsNodesThatAreOutOfOrder) {
  OnnxMaker maker;
  maker.node("Sigmoid", {"b"}, {"c"});
  maker.node("Tanh", {"a"}, {"b"});
  maker.node("Relu", {"x"}, {"a"});
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 4u);
  EXPECT_EQ(model.graph.nodes[1].name, "a");
  EXPECT_EQ(model.graph.nodes[3].name, "c");
}

TEST(OnnxWeights, HaveTheSizeThatTheirExtentsSay) {
  OnnxMaker few = one_conv();
  few.weights("w", {1, 1, 1, 2}, {1});
  EXPECT_THAT(read_error(few), HasSubstr("weights are missing or damaged"));
  OnnxMaker raw = one_conv();
  raw.weights("w", {1, 1, 1, 2}, {}).set_raw_data("123456789");
  EXPECT_THAT(read_error(raw), HasSubstr("9 bytes"));
  OnnxMaker channels = one_conv();
  channels.weights("w", {1, 3, 1, 2});
  EXPECT_THAT(read_error(channels), HasSubstr("node 'conv' (Conv): weights of 1 x 3 x 1 x 2"));
  OnnxMaker stripped = one_conv();
  stripped.weights("w", {1, 1, 1, 2}, {}).set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_THAT(read_error(stripped), HasSubstr("without its weights"));
  OnnxMaker negative = one_conv();
  negative.weights("w", {1, 1, 1, -2}, {});
  EXPECT_THAT(read_error(negative), HasSubstr("cannot be meant"));
}

TEST(OnnxWeights, ConvertFromEveryNumberType) {
  // 1.5 and -0.25, as each type holds them; halves as bits.
  const std::uint16_t half[] = {0x3e00, 0xb400}, bfloat[] = {0x3fc0, 0xbe80};
  const double wide[] = {1.5, -0.25};
  const float single[] = {1.5f, -0.25f};
  const auto raw = [](const auto& values) {
    return std::string(reinterpret_cast<const char*>(values), sizeof values);
  };
  const std::pair<onnx::TensorProto::DataType, std::string> cases[] = {
      {onnx::TensorProto::FLOAT16, raw(half)},
      {onnx::TensorProto::BFLOAT16, raw(bfloat)},
      {onnx::TensorProto::DOUBLE, raw(wide)},
      {onnx::TensorProto::FLOAT, raw(single)}};
  for (const auto& [type, data] : cases) {
    OnnxMaker maker = one_conv();
    auto& tensor = maker.weights("w", {1, 1, 1, 2}, {});
    tensor.set_data_type(type);
    tensor.set_raw_data(data);
    EXPECT_THAT(*last_op<Conv>(maker.read()).weights, ElementsAre(1.5f, -0.25f)) << type;
  }
}

TEST(OnnxWeights, ConvertFromTypedFields) {
  OnnxMaker half = one_conv();
  auto& bits = half.weights("w", {1, 1, 1, 2}, {});
  bits.set_data_type(onnx::TensorProto::FLOAT16);
  bits.add_int32_data(0x0001);  // the smallest subnormal, 2^-24
  bits.add_int32_data(0xfc00);  // minus infinity
  EXPECT_THAT(*last_op<Conv>(half.read()).weights, ElementsAre(0x1p-24f, -INFINITY));
  OnnxMaker wide = one_conv();
  auto& doubles = wide.weights("w", {1, 1, 1, 2}, {});
  doubles.set_data_type(onnx::TensorProto::DOUBLE);
  doubles.add_double_data(0.1);
  doubles.add_double_data(3);
  EXPECT_THAT(*last_op<Conv>(wide.read()).weights, ElementsAre(0.1f, 3.f));
  OnnxMaker small = one_conv();
  auto& bytes8 = small.weights("w", {1, 1, 1, 2}, {});
  bytes8.set_data_type(onnx::TensorProto::INT8);
  bytes8.set_raw_data("\xff\x05");
  EXPECT_THAT(*last_op<Conv>(small.read()).weights, ElementsAre(-1.f, 5.f));
}

TEST(OnnxExternalData, IsReadFromItsPlace) {
  const TemporaryFolder folder;
  const std::string data = folder.write("model.data", bytes({9, 1.5f, 2.5f}));
  OnnxMaker maker = one_conv();
  external_weights(maker, "model.data", "4");
  const Model model = read_model({maker.write(folder), "", {}});
  EXPECT_THAT(*last_op<Conv>(model).weights, ElementsAre(1.5f, 2.5f));
  EXPECT_EQ(model.weights_sha256, core::sha256_of_files({data}));
}

TEST(OnnxExternalData, StaysInTheModelsFolder) {
  for (const char* location : {"/etc/passwd", "../model.data", "a/../../model.data"}) {
    OnnxMaker maker = one_conv();
    external_weights(maker, location);
    EXPECT_THAT(read_error(maker), HasSubstr("outside the model's folder")) << location;
  }
}

TEST(OnnxExternalData, SaysWhatIsMissing) {
  OnnxMaker absent = one_conv();
  external_weights(absent, "model.data");
  EXPECT_THAT(read_error(absent), HasSubstr("does not exist"));
  const TemporaryFolder folder;
  folder.write("model.data", bytes({1}));
  EXPECT_THAT(error_of(kExitData,
                       [&] {
                         read_model({absent.write(folder), "", {}});
                       }),
              HasSubstr("truncated"));
  OnnxMaker odd = one_conv();
  external_weights(odd, "model.data", "4x");
  EXPECT_THAT(error_of(kExitData,
                       [&] {
                         read_model({odd.write(folder), "", {}});
                       }),
              HasSubstr("'4x' as its offset"));
  OnnxMaker longer = one_conv();
  add_entry(external_weights(longer, "model.data"), "length", "4");
  EXPECT_THAT(error_of(kExitData,
                       [&] {
                         read_model({longer.write(folder), "", {}});
                       }),
              HasSubstr("needs 8 bytes"));
}

TEST(OnnxInput, TakesInitialisersListedAsInputs) {
  OnnxMaker maker = one_conv();
  maker.weights("w", {1, 1, 1, 2});
  maker.input("w", {1, 1, 1, 2});
  EXPECT_EQ(maker.read().graph.input(), (Shape{1, 3, 3}));
}

TEST(OnnxInput, HasItsSizeFromTheFileOrTheOption) {
  OnnxMaker open({0, 3, 0, 0});
  open.node("Relu", {"x"}, {"y"});
  EXPECT_THAT(error_of(kExitUsage, [&] { open.read(); }), HasSubstr("--input-size HxW"));
  EXPECT_EQ(open.read({5, 7}).graph.input(), (Shape{3, 5, 7}));
  OnnxMaker fixed({1, 3, 9, 9});
  fixed.node("Relu", {"x"}, {"y"});
  EXPECT_EQ(fixed.read({5, 7}).graph.input(), (Shape{3, 5, 7}));
  OnnxMaker channels({1, 0, 9, 9});
  channels.node("Relu", {"x"}, {"y"});
  EXPECT_THAT(read_error(channels), HasSubstr("number of channels open"));
  OnnxMaker flat({1, 10});
  flat.node("Relu", {"x"}, {"y"});
  EXPECT_THAT(read_error(flat), HasSubstr("rank 2"));
}

TEST(OnnxInput, ThatDoesNotFitFixedSizesLosesOnlyWhatNeedsThem) {
  OnnxMaker maker({1, 2, 3, 3});
  maker.weights("w", {18, 5});
  maker.node("Relu", {"x"}, {"r"}, "relu");
  maker.node("Flatten", {"r"}, {"f"}, "flat");
  maker.node("MatMul", {"f", "w"}, {"y"}, "fc");
  EXPECT_TRUE(maker.read().unsupported.empty());
  const Model model = maker.read({4, 4});
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_EQ(model.unsupported[0].node, "fc");
  EXPECT_THAT(model.unsupported[0].reason, HasSubstr("takes 18 values and is given 32"));
  EXPECT_THAT(error_of(kExitData, [&] { select_layers(model, {"fc"}); }),
              HasSubstr("takes 18 values"));
  EXPECT_EQ(select_layers(model, {"relu"}).size(), 1u);
}

TEST(OnnxInput, OfWhichASecondIsNeededIsLost) {
  OnnxMaker maker;
  maker.input("mask", {1, 4, 9, 8});
  maker.node("Relu", {"x"}, {"r"});
  maker.node("Mul", {"r", "mask"}, {"y"}, "masked");
  const Model model = maker.read();
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_EQ(model.unsupported[0].node, "mask");
  EXPECT_THAT(model.unsupported[0].names, ElementsAre("mask", "masked", "y"));
  EXPECT_NE(find_node(model.graph, "r"), nullptr);
}

}  // namespace
}  // namespace rfmap::test
