// Normalisation in Caffe networks, and layers of forks.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/theory.h"

#include "graph/rearrange.h"
#include "model_caffe.h"

namespace rfmap::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CaffeNormalisation, FollowsItsFormulas) {
  CaffeMaker norm(kCaffeInput + caffe_layer("BatchNorm", "batch_norm_param { eps: 1 }"));
  // Sums over a moving average of weight 2: mean 3, variance 8.
  norm.blob("l", {2}, {6, 0}).blob("l", {2}, {16, 16}).blob("l", {1}, {2});
  EXPECT_THAT(*last_op<Affine>(norm.read()).scale, Each(FloatEq(1 / 3.f)));
  EXPECT_THAT(*last_op<Affine>(norm.read()).shift, ElementsAre(FloatEq(-1), FloatEq(0)));
  CaffeMaker scale(kCaffeInput + caffe_layer("Scale", "scale_param { bias_term: true }"));
  scale.blob("l", {2}, {2, 3}).blob("l", {2}, {4, 5});
  EXPECT_THAT(*last_op<Affine>(scale.read()).scale, ElementsAre(2, 3));
  EXPECT_THAT(*last_op<Affine>(scale.read()).shift, ElementsAre(4, 5));
  const Model power = read_caffe_layer("Power", "power_param { scale: 2 shift: -1 }");
  EXPECT_THAT(*last_op<Affine>(power).scale, Each(2.f));
  EXPECT_THAT(*last_op<Affine>(power).shift, Each(-1.f));
  const Lrn lrn = last_op<Lrn>(read_caffe_layer("LRN"));
  EXPECT_EQ(lrn.size, 5);
  EXPECT_EQ(lrn.alpha, 1);
}

TEST(CaffeNormalisation, WithinAChannelReadsItsSquareOnly) {
  const Model model = read_caffe_layer(
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
      kCaffeInput +
      caffe_layer("Normalize", "norm_param { across_spatial: false channel_shared: false }");
  const Model model = CaffeMaker(text).blob("l", {2}, {3, 4}).read();
  const auto& op = std::get<Normalisation>(model.graph.nodes[1].op);
  EXPECT_EQ(op.kind, Normalisation::Kind::l2);
  EXPECT_EQ(op.axes, kOverChannels);
  EXPECT_EQ(op.epsilon, 1e-10f);
  EXPECT_EQ(op.guard, Normalisation::Guard::inside_root);
  EXPECT_THAT(*last_op<Affine>(model).scale, ElementsAre(3, 4));
  const Model whole = CaffeMaker(kCaffeInput + caffe_layer("Normalize")).blob("l", {1}, {3}).read();
  EXPECT_EQ(std::get<Normalisation>(whole.graph.nodes[1].op).axes, kOverAll);
  EXPECT_EQ(neuron_box(whole.graph, int(whole.graph.nodes.size()) - 1, {3, 2}).clipped,
            (Rect{0, 0, 7, 6}));
}

TEST(CaffeNormalisation, ByMeanAndDeviationOfAChannelOrOfTheMap) {
  const auto each = last_op<Normalisation>(read_caffe_layer("MVN", ""));
  EXPECT_EQ(each.kind, Normalisation::Kind::standard);
  EXPECT_EQ(each.axes, kOverSpace);
  EXPECT_EQ(each.guard, Normalisation::Guard::added);
  EXPECT_EQ(each.epsilon, 1e-9f);
  const auto all = last_op<Normalisation>(read_caffe_layer(
      "MVN", "mvn_param { across_channels: true normalize_variance: false eps: 2 }"));
  EXPECT_EQ(all.kind, Normalisation::Kind::centre);
  EXPECT_EQ(all.axes, kOverAll);
}

TEST(CaffeForks, ShuffleChannels) {
  const Model model =
      CaffeMaker("input: 'data' input_shape { dim: 1 dim: 6 dim: 4 dim: 3 }\n" +
                 caffe_layer("ShuffleChannel", "shuffle_channel_param { group: 2 }") +
                 "layer { name: 'n' type: 'LRN' bottom: 'y' top: 'n' }\n")
          .read();
  EXPECT_EQ(std::get<Rearrange>(model.graph.nodes[1].op).digits,
            graph::shuffled(model.graph.input(), 2).digits);
  EXPECT_THAT(
      CaffeMaker(kCaffeInput + caffe_layer("ShuffleChannel", "shuffle_channel_param { group: 3 }"))
          .error(),
      HasSubstr("do not divide"));
}

TEST(CaffeForks, ScaleByASecondBottom) {
  const std::string gate = std::string(kCaffeInput) +
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
    const Model model = CaffeMaker(kCaffeInput + caffe_layer(type, settings)).read();
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
  const Model upsample = read_caffe_layer("Upsample", "upsample_param { scale: 2 }");
  EXPECT_EQ(neuron_box(upsample.graph, 1, {5, 4}).clipped, (Rect{2, 2, 3, 3}));
  // The size it has already: nothing is computed.
  EXPECT_EQ(read_caffe_layer("Interp", "interp_param { height: 7 width: 6 }").graph.nodes.size(),
            1u);
}

TEST(CaffeForks, ReorganiseAsDarknet) {
  const std::string input = "input: 'data' input_shape { dim: 1 dim: 4 dim: 4 dim: 6 }\n" +
                            caffe_layer("Reorg", "reorg_param { stride: 2 }") +
                            "layer { name: 'n' type: 'LRN' bottom: 'y' top: 'n' }\n";
  EXPECT_EQ(CaffeMaker(input).read().graph.nodes.back().shape, (Shape{16, 2, 3}));
  EXPECT_THAT(CaffeMaker(kCaffeInput + caffe_layer("Reorg")).error(), HasSubstr("does not divide"));
}

}  // namespace
}  // namespace rfmap::test
