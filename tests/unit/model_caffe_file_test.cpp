// The files of Caffe networks: inputs, weights, names, older forms.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sha256.h"
#include "model_caffe.h"

namespace rfmap::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CaffeFile, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  const CaffeMaker maker(std::string(kCaffeInput) + caffe_layer("ReLU"));
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
  EXPECT_EQ(CaffeMaker(kCaffeInput + caffe_layer("ReLU", "relu_param { odd: 1 }")).reason(),
            "field 'odd' is not understood");
  EXPECT_THAT(CaffeMaker("odd: 1\n" + std::string(kCaffeInput) + caffe_layer("ReLU")).error(),
              HasSubstr("line 1: the field 'odd'"));
  const Model data = CaffeMaker(std::string("layer { name: 'd' type: 'Data' top: 'label' "
                                            "data_param { source: 'x' backend: LMDB } }\n") +
                                kCaffeInput + caffe_layer("ReLU"))
                         .read();
  EXPECT_THAT(data.unsupported, IsEmpty());
}

TEST(CaffeFile, KnowsTheFieldsOfTraining) {
  const std::string training =
      "param { lr_mult: 1 decay_mult: 0 } propagate_down: true loss_weight: 0 "
      "convolution_param { num_output: 1 kernel_size: 1 bias_term: false "
      "weight_filler { type: 'xavier' } bias_filler { type: 'constant' value: 0 } }";
  CaffeMaker maker(kCaffeInput + caffe_layer("Convolution", training));
  maker.blob("l", {1, 2, 1, 1}, {1, 2});
  EXPECT_THAT(maker.read().unsupported, IsEmpty());
}

TEST(CaffeFile, LeavesOutLayersOfTraining) {
  const std::string text =
      std::string(kCaffeInput) + caffe_layer("ReLU") +
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
  const char* forms[] = {kCaffeInput,
                         "input: 'data' input_dim: 1 input_dim: 2 input_dim: 7 input_dim: 6\n",
                         "input: 'data' input_shape { dim: 10 dim: 2 dim: 7 dim: 6 }\n"};
  for (const char* form : forms)
    EXPECT_EQ(CaffeMaker(form + caffe_layer("ReLU")).read().graph.input(), (Shape{2, 7, 6}))
        << form;
  EXPECT_EQ(CaffeMaker(kCaffeInput + caffe_layer("ReLU")).read({5, 4}).graph.input(),
            (Shape{2, 5, 4}));
  EXPECT_THAT(CaffeMaker(caffe_layer("ReLU")).error(), HasSubstr("deploy prototxt"));
}

TEST(CaffeInput, IsOneThoughDeclaredTwice) {
  const std::string relu = caffe_layer("ReLU");
  for (const char* again :
       {"input: 'data'\n", "input: 'data' input_dim: 1 input_dim: 2 input_dim: 7 input_dim: 6\n"}) {
    const Model model = CaffeMaker(again + std::string(kCaffeInput) + relu).read();
    EXPECT_THAT(model.unsupported, IsEmpty()) << again;
    EXPECT_EQ(model.graph.input(), (Shape{2, 7, 6})) << again;
  }
  EXPECT_THAT(CaffeMaker("input: 'data' input_shape { dim: 1 dim: 2 dim: 5 dim: 6 }\n" +
                         std::string(kCaffeInput) + relu)
                  .error(),
              HasSubstr("declared twice, with 1 x 2 x 5 x 6 and 1 x 2 x 7 x 6"));
}

TEST(CaffeWeights, AreReadWhateverAForkKeepsBesideThem) {
  // Field 202 of a layer is a message here and a number in the fork; so is 106, of convolutions.
  CaffeMaker maker(kCaffeInput +
                   caffe_layer("Convolution",
                               "convolution_param { num_output: 1 kernel_size: 1 bias_term: "
                               "false }"));
  maker.blob("l", {1, 2, 1, 1}, {1, 2});
  for (const int number : {106, 202}) {
    auto* owner = maker.weights.mutable_layer(1);
    owner->GetReflection()->MutableUnknownFields(owner)->AddLengthDelimited(number, "\x07");
  }
  EXPECT_THAT(*last_op<Conv>(maker.read()).weights, ElementsAre(1, 2));
}

TEST(CaffeWeights, BelongToTheNetwork) {
  const std::string text =
      kCaffeInput +
      caffe_layer("Convolution", "convolution_param { num_output: 1 kernel_size: 1 }");
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

TEST(CaffeNames, AreTheLayersAndBlobsTheirLastWriters) {
  const std::string text =
      kCaffeInput +
      std::string(
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
      std::string(kCaffeInput) + "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }\n" +
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
  const Model model = CaffeMaker(two + caffe_layer("ReLU")).read();
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
    EXPECT_THAT(CaffeMaker(kCaffeInput + caffe_layer(c.type, c.settings)).reason(),
                HasSubstr(c.reason));
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
