// Published theoretical receptive fields: size, stride, padding of every layer of known networks.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/field.h"

#include "graph/rearrange.h"
#include "graph_builder.h"

namespace rfmap {
namespace {

using test::GraphBuilder;

struct Known {
  std::string layer;
  double size, stride, padding;
};

void expect_fields(const GraphBuilder& net, const std::vector<Known>& table) {
  const std::vector<Field> fields = theoretical_fields(net.graph);
  for (const Known& known : table) {
    const int node = net.find(known.layer);
    ASSERT_GE(node, 0) << known.layer;
    for (const AxisField* axis : {&fields[node].y, &fields[node].x}) {
      EXPECT_EQ(axis->size(), known.size) << known.layer;
      EXPECT_EQ(axis->stride(), known.stride) << known.layer;
      if (known.padding >= 0) {
        EXPECT_EQ(axis->padding(), known.padding) << known.layer;
      }
      EXPECT_TRUE(axis->aligned) << known.layer;
    }
    EXPECT_FALSE(fields[node].global) << known.layer;
  }
}

GraphBuilder alexnet() {
  GraphBuilder net({3, 227, 227});
  int x = net.conv("conv1", 0, {11, 4}, 96);
  x = net.pool("pool1", net.relu("relu1", x), {3, 2}, true);
  x = net.add("norm1", Lrn{}, {x});
  x = net.conv("conv2", x, {5, 1, 2}, 256, 2);
  x = net.pool("pool2", x, {3, 2}, true);
  x = net.conv("conv3", x, {3, 1, 1}, 384);
  x = net.conv("conv4", x, {3, 1, 1}, 384, 2);
  x = net.conv("conv5", x, {3, 1, 1}, 256, 2);
  net.pool("pool5", x, {3, 2}, true);
  return net;
}

TEST(Theory, AlexNet) {
  const GraphBuilder net = alexnet();
  expect_fields(net, {{"conv1", 11, 4, 0},
                      {"pool1", 19, 8, 0},
                      {"norm1", 19, 8, 0},
                      {"conv2", 51, 8, 16},
                      {"pool2", 67, 16, 16},
                      {"conv3", 99, 16, 32},
                      {"conv4", 131, 16, 48},
                      {"conv5", 163, 16, 64},
                      {"pool5", 195, 32, 64}});
  EXPECT_EQ(net.shape(net.find("conv1")), (Shape{96, 55, 55}));
  EXPECT_EQ(net.shape(net.find("pool5")), (Shape{256, 6, 6}));
  double total = 0;
  for (std::size_t i = 0; i < net.graph.nodes.size(); ++i) total += macs(net.graph, int(i));
  EXPECT_EQ(macs(net.graph, net.find("conv1")), 96.0 * 55 * 55 * 3 * 11 * 11);
  EXPECT_NEAR(total, 0.67e9, 0.005e9);
}

TEST(Theory, Vgg16) {
  GraphBuilder net({3, 224, 224});
  int x = 0;
  const int repeats[] = {2, 2, 3, 3, 3};
  for (int block = 1; block <= 5; ++block) {
    for (int i = 1; i <= repeats[block - 1]; ++i)
      x = net.conv("conv" + std::to_string(block) + "_" + std::to_string(i), x, {3, 1, 1}, 8);
    x = net.pool("pool" + std::to_string(block), x, {2, 2});
  }
  expect_fields(net, {{"pool1", 6, 2, 2},
                      {"pool2", 16, 4, 6},
                      {"conv3_1", 24, 4, 10},
                      {"pool3", 44, 8, 18},
                      {"conv4_1", 60, 8, 26},
                      {"pool4", 100, 16, 42},
                      {"conv5_1", 132, 16, 58},
                      {"pool5", 212, 32, 90}});
}

/// Where a residual stage halves its map.
enum class Halving { first_1x1, first_3x3, last_3x3 };

struct ResNet {
  std::vector<int> units;
  bool bottleneck = true;
  Halving halving = Halving::first_3x3;
};

int residual_unit(GraphBuilder& net, const std::string& name, int in, const ResNet& r, int stride) {
  int x = in;
  if (r.bottleneck) {
    const bool early = r.halving == Halving::first_1x1;
    x = net.conv(name + "_a", x, {1, early ? stride : 1}, 8);
    x = net.conv(name + "_b", x, {3, early ? 1 : stride, 1}, 8);
    x = net.conv(name + "_c", x, {1}, 8);
  } else {
    x = net.conv(name + "_a", x, {3, stride, 1}, 8);
    x = net.conv(name + "_b", x, {3, 1, 1}, 8);
  }
  const int shortcut = stride > 1 ? net.conv(name + "_shortcut", in, {1, stride}, 8) : in;
  return net.sum(name + "_sum", {x, shortcut});
}

GraphBuilder resnet(const ResNet& r) {
  GraphBuilder net({3, 224, 224});
  int x = net.conv("conv1", 0, {7, 2, 3}, 8);
  x = net.pool("pool1", x, {3, 2, 1});
  const int stages = int(r.units.size());
  for (int stage = 0; stage < stages; ++stage) {
    for (int unit = 0; unit < r.units[stage]; ++unit) {
      const bool last = r.halving == Halving::last_3x3;
      const bool halves =
          last ? unit == r.units[stage] - 1 && stage < stages - 1 : unit == 0 && stage > 0;
      x = residual_unit(net, std::to_string(stage + 1) + "_" + std::to_string(unit), x, r,
                        halves ? 2 : 1);
    }
    x = net.relu("block" + std::to_string(stage + 1), x);
  }
  return net;
}

TEST(Theory, ResNet50StrideOnTheFirst1x1) {
  expect_fields(resnet({{3, 4, 6, 3}, true, Halving::first_1x1}), {{"block1", 35, 4, -1},
                                                                   {"block2", 99, 8, -1},
                                                                   {"block3", 291, 16, -1},
                                                                   {"block4", 483, 32, -1}});
}

TEST(Theory, ResNet50StrideOnTheLastUnits3x3) {
  expect_fields(resnet({{3, 4, 6, 3}, true, Halving::last_3x3}), {{"block1", 35, 8, -1},
                                                                  {"block2", 99, 16, -1},
                                                                  {"block3", 291, 32, -1},
                                                                  {"block4", 483, 32, -1}});
}

TEST(Theory, TorchvisionResNets) {
  expect_fields(resnet({{2, 2, 2, 2}, false}), {{"block4", 435, 32, 217}});
  expect_fields(resnet({{3, 4, 6, 3}, false}), {{"block4", 899, 32, 449}});
  expect_fields(resnet({{3, 4, 6, 3}, true}), {{"block4", 427, 32, 213}});
  expect_fields(resnet({{3, 4, 23, 3}, true}), {{"block4", 971, 32, 485}});
  expect_fields(resnet({{3, 8, 36, 3}, true}), {{"block4", 1451, 32, 725}});
}

/// A chain of SAME convolutions with stride 1.
int chain(GraphBuilder& net, const std::string& name, int x, const std::vector<Size>& kernels) {
  for (std::size_t i = 0; i < kernels.size(); ++i)
    x = net.conv_same(name + "_" + std::to_string(i), x, kernels[i]);
  return x;
}

int inception_a(GraphBuilder& net, const std::string& name, int in) {
  Pool average{Pool::Kind::average, {3, 3}};
  average.pad = {1, 1, 1, 1};
  return net.concat(
      name, {chain(net, name + "a", in, {{1, 1}}), chain(net, name + "b", in, {{1, 1}, {5, 5}}),
             chain(net, name + "c", in, {{1, 1}, {3, 3}, {3, 3}}),
             net.add(name + "pool", average, {in})});
}

int inception_b(GraphBuilder& net, const std::string& name, int in) {
  return net.concat(name, {chain(net, name + "a", in, {{1, 1}}),
                           chain(net, name + "b", in, {{1, 1}, {1, 7}, {7, 1}}),
                           chain(net, name + "c", in, {{1, 1}, {7, 1}, {1, 7}, {7, 1}, {1, 7}})});
}

int inception_c(GraphBuilder& net, const std::string& name, int in) {
  const int b = chain(net, name + "b", in, {{1, 1}});
  const int c = chain(net, name + "c", in, {{1, 1}, {3, 3}});
  return net.concat(name,
                    {chain(net, name + "a", in, {{1, 1}}), chain(net, name + "b1", b, {{1, 3}}),
                     chain(net, name + "b2", b, {{3, 1}}), chain(net, name + "c1", c, {{1, 3}}),
                     chain(net, name + "c2", c, {{3, 1}})});
}

/// Halves the map with unpadded 3 x 3 windows on two chains and a pooling.
int reduction(GraphBuilder& net, const std::string& name, int in,
              const std::vector<Size>& kernels) {
  const int x = chain(net, name + "b", in, kernels);
  return net.concat(name, {net.conv(name + "a", in, {3, 2}, 8), net.conv(name + "c", x, {3, 2}, 8),
                           net.pool(name + "pool", in, {3, 2})});
}

TEST(Theory, InceptionV3) {
  GraphBuilder net({3, 224, 224});
  int x = net.conv("1a", 0, {3, 2}, 8);
  x = net.conv("2a", x, {3}, 8);
  x = net.conv("2b", x, {3, 1, 1}, 8);
  x = net.pool("3a", x, {3, 2});
  x = net.conv("3b", x, {1}, 8);
  x = net.conv("4a", x, {3}, 8);
  x = net.pool("5a", x, {3, 2});
  for (const char* name : {"Mixed_5b", "Mixed_5c", "Mixed_5d"}) x = inception_a(net, name, x);
  x = reduction(net, "Mixed_6a", x, {{1, 1}, {3, 3}});
  for (const char* name : {"Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"})
    x = inception_b(net, name, x);
  x = reduction(net, "Mixed_7a", x, {{1, 1}, {1, 7}, {7, 1}});
  for (const char* name : {"Mixed_7b", "Mixed_7c"}) x = inception_c(net, name, x);
  expect_fields(net, {{"Mixed_5b", 63, 8, 18},
                      {"Mixed_6a", 159, 16, 58},
                      {"Mixed_6e", 927, 16, 442},
                      {"Mixed_7a", 1055, 32, 490},
                      {"Mixed_7c", 1311, 32, 618}});
}

TEST(Theory, MobileNetV1) {
  GraphBuilder net({3, 224, 224});
  int x = net.conv_same("conv0", 0, {3, 3}, 2);
  const int strides[] = {1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1};
  const double sizes[] = {7, 11, 19, 27, 43, 59, 91, 123, 155, 187, 219, 251, 315};
  double stride = 2;
  std::vector<Known> table;
  for (int i = 0; i < 13; ++i) {
    Conv depthwise;
    depthwise.kernel = {3, 3};
    depthwise.stride = {strides[i], strides[i]};
    depthwise.pad = net.same(x, {3, 3}, strides[i]);
    depthwise.groups = depthwise.out_channels = 8;
    x = net.add("depthwise" + std::to_string(i + 1), depthwise, {x});
    x = net.conv("pointwise" + std::to_string(i + 1), x, {1}, 8);
    stride *= strides[i];
    table.push_back({"pointwise" + std::to_string(i + 1), sizes[i], stride, i == 12 ? 126. : -1});
  }
  expect_fields(net, table);
  EXPECT_EQ(stride, 32);
}

TEST(Theory, BoxesAndCentres) {
  const GraphBuilder net = alexnet();
  const std::vector<Field> fields = theoretical_fields(net.graph);
  const Field& pool5 = fields[net.find("pool5")];
  EXPECT_EQ(field_box(pool5, {0, 2}), (Rect{-64, 0, 131, 195}));
  EXPECT_EQ(clipped_box(pool5, {0, 2}, {227, 227}), (Rect{0, 0, 131, 195}));
  EXPECT_EQ(field_centre(pool5, {0, 2}).y, 33);
  EXPECT_EQ(field_centre(pool5, {0, 2}).x, 97);
  EXPECT_FALSE(covers_input(pool5, {6, 6}, {227, 227}));
  GraphBuilder even({1, 8, 8});
  even.pool("pool", 0, {2, 2});
  EXPECT_EQ(field_centre(theoretical_fields(even.graph)[1], {1, 0}).y, 2.5);
}

TEST(Theory, PathsOfOneStrideMakeTheirHull) {
  // [u2, u2 + 1] and [u2 - 1, u2 + 1]: hull of size 3, but their centres differ.
  GraphBuilder net({1, 16, 16});
  const int sum = net.sum("sum", {net.pool("pool", 0, {2, 2}), net.conv("conv", 0, {3, 2, 1}, 1)});
  const Field field = theoretical_fields(net.graph)[sum];
  EXPECT_FALSE(field.aligned());
  EXPECT_EQ(field.y.pieces.size(), 1u);
  EXPECT_EQ(field.y.size(), 3);
  EXPECT_EQ(field.y.padding(), 1);
  EXPECT_EQ(field_box(field, {3, 0}), (Rect{5, -1, 8, 2}));
}

TEST(Theory, SpatialConcatMovesThePositionsOfItsSecondInput) {
  GraphBuilder net({1, 8, 8});
  const int top = net.add("top", Slice{1, 0, 4}, {0}),
            bottom = net.add("bottom", Slice{1, 4, 8}, {0});
  const int back = net.concat("back", {top, bottom}, 1);
  const int swapped = net.concat("swapped", {bottom, top}, 1);
  const std::vector<Field> fields = theoretical_fields(net.graph);
  EXPECT_TRUE(fields[back].aligned());
  EXPECT_EQ(fields[back].y.size(), 1);
  EXPECT_FALSE(fields[swapped].aligned());
  EXPECT_EQ(clipped_box(fields[swapped], {0, 3}, {8, 8}), (Rect{4, 3, 5, 4}));
  EXPECT_EQ(clipped_box(fields[swapped], {5, 3}, {8, 8}), (Rect{1, 3, 2, 4}));
}

}  // namespace
}  // namespace rfmap
