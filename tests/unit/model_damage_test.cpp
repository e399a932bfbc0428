#include <random>
#include <string>

#include <gtest/gtest.h>

#include "model_onnx.h"

namespace rfmap::test {
namespace {

/// A network with most of the features that the importer reads.
OnnxMaker varied_network() {
  OnnxMaker maker({1, 4, 8, 8}, 11);
  maker.weights("w", {4, 2, 3, 3});
  maker.weights("b", {4});
  maker.weights("m", {16, 3});
  maker.integers("first", {}, {0});
  maker.integers("rest", {-1});
  maker.integers("starts", {1});
  maker.integers("ends", {3});
  maker.node("Conv", {"x", "w", "b"}, {"c"})
      .ints("pads", {1, 1, 1, 1})
      .ints("strides", {1, 1})
      .integer("group", 2);
  maker.node("BatchNormalization", {"c", "b", "b", "b", "b"}, {"n"}).real("epsilon", 0.1f);
  maker.node("Relu", {"n"}, {"r"});
  maker.node("Add", {"r", "x"}, {"s"});
  maker.node("MaxPool", {"s"}, {"p"}).ints("kernel_shape", {2, 2}).ints("strides", {4, 4});
  maker.node("Shape", {"p"}, {"shape"});
  maker.node("Gather", {"shape", "first"}, {"batch"}).integer("axis", 0);
  maker.node("Unsqueeze", {"batch"}, {"batch1"}).ints("axes", {0});
  maker.node("Concat", {"batch1", "rest"}, {"target"}).integer("axis", 0);
  maker.node("Reshape", {"p", "target"}, {"f"});
  maker.node("Gemm", {"f", "m"}, {"g"}).real("alpha", 2);
  maker.node("Softmax", {"g"}, {"y"}).integer("axis", 1);
  maker.node("Slice", {"r", "starts", "ends"}, {"cut"});
  maker.node("Split", {"r"}, {"one", "two"}).integer("axis", 1);
  maker.output("y");
  return maker;
}

/// True if the file is read or refused with a message; anything else is not caught.
bool survives(const std::string& path) {
  try {
    read_model({path, "", {}});
    return true;
  } catch (const Error& error) {
    return std::string(error.what()).find(path) != std::string::npos;
  }
}

TEST(DamagedOnnx, IsReadOrRefusedWithASentence) {
  const TemporaryFolder folder;
  const std::string whole = varied_network().model.SerializeAsString();
  ASSERT_TRUE(read_model({folder.write("whole.onnx", whole), "", {}}).graph.nodes.size() > 8);
  std::mt19937 random(1);
  int read = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    for (int flips = 1 + int(random() % 3); flips > 0; --flips)
      bytes[random() % bytes.size()] = char(random());
    read += survives(folder.write("damaged.onnx", bytes));
  }
  EXPECT_EQ(read, 3000);
}

TEST(DamagedOnnx, MapsOfMoreRowsThanCanBeListedAreRefused) {
  for (const bool theory : {false, true}) {
    const TemporaryFolder folder;
    OnnxMaker maker({1, 1, std::int64_t(1) << 26, 1}, 13);
    maker.node("Relu", {"x"}, {"y"});
    ModelFiles files{maker.write(folder), "", {}};
    files.theory = theory;
    EXPECT_NE(error_of(kExitData, [&] { read_model(files); }).find("rows and columns"),
              std::string::npos);
  }
}

// 2^30 channels, each of which needs a scale and a shift.
TEST(DamagedOnnx, MoreChannelsThanAFileCouldHaveWeightsForAreRefused) {
  for (const bool theory : {false, true}) {
    const TemporaryFolder folder;
    OnnxMaker maker({1, std::int64_t(1) << 30, 1, 1}, 13);
    maker.node("Neg", {"x"}, {"y"});
    ModelFiles files{maker.write(folder), "", {}};
    files.theory = theory;
    EXPECT_NE(error_of(kExitData, [&] { read_model(files); }).find("channels"), std::string::npos);
  }
}

TEST(DamagedOnnx, IsRefusedWhereverItIsCut) {
  const TemporaryFolder folder;
  const std::string whole = varied_network().model.SerializeAsString();
  for (std::size_t length = 0; length < whole.size(); length += 7)
    EXPECT_TRUE(survives(folder.write("cut.onnx", whole.substr(0, length)))) << length;
}

}  // namespace
}  // namespace rfmap::test
