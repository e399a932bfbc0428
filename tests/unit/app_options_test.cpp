#include <limits>
#include <map>
#include <set>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "app/options/command_line.h"
#include "app/options/options.h"
#include "app_files.h"
#include "method/mean_image.h"
#include "method/preprocessing.h"
#include "method/recorded.h"

namespace rfmap::app {
namespace {

using testing::HasSubstr;

/// Every option with a value that is not its default, as typed.
const std::map<std::string, Texts>& other_values() {
  static const std::map<std::string, Texts> values{
      {"model", {"net \"x\".onnx"}},
      {"weights", {"w.caffemodel"}},
      {"weights-control", {"shuffle"}},
      {"input-size", {"64x48"}},
      {"input-layout", {"nhwc"}},
      {"images", {"a,b", "c"}},
      {"cluster", {"column"}},
      {"out", {"fields.h5"}},
      {"overwrite", {"true"}},
      {"resume", {"true"}},
      {"commit-every", {"2.5"}},
      {"keep-maps", {"true"}},
      {"with-gradient", {"true"}},
      {"layers", {"conv*,pool1", "fc"}},
      {"units", {"random:5"}},
      {"before-activation", {"true"}},
      {"top-k", {"7"}},
      {"bottom-k", {"3"}},
      {"occluder", {"9x7"}},
      {"stride", {"2x5"}},
      {"fill", {"image-mean"}},
      {"seed", {"9223372036854775807"}},
      {"overhang", {"true"}},
      {"response", {"sum"}},
      {"recentre", {"first"}},
      {"discrepancy", {"signed"}},
      {"deposit", {"footprint"}},
      {"upsample", {"nearest"}},
      {"normalize", {"peak"}},
      {"border", {"zero"}},
      {"size-rule", {"radius90"}},
      {"size-cut", {"0.3"}},
      {"preset", {"torchvision"}},
      {"channels", {"bgr"}},
      {"mean", {"-1.5,2,3e2"}},
      {"std", {"0.1"}},
      {"scale", {"0.00390625"}},
      {"resize", {"33x44"}},
      {"crop", {"30"}},
      {"device", {"reference"}},
      {"precision", {"fp32"}},
      {"strategy", {"window"}},
      {"batch", {"12"}},
      {"threads", {"2"}},
      {"memory", {"3G"}},
      {"quiet", {"true"}},
      {"verbose", {"true"}},
      {"log-file", {"run.log"}},
  };
  return values;
}

/// The command line that gives these values.
Texts typed(const GivenOptions& given, const std::vector<Option>& options) {
  Texts args;
  for (const auto& [name, texts] : given)
    for (const std::string& text : texts) {
      args.push_back("--" + name);
      if (!find_option(options, name)->is_flag()) args.push_back(text);
    }
  return args;
}

const CommandInfo kInfo{"estimate", "summary", "estimate --model net.onnx", ""};

void parse_into(const std::vector<Option>& options, const Texts& args) {
  const auto given = parse_arguments(kInfo, options, args);
  ASSERT_TRUE(given);
  set_options(*given, options);
}

TEST(Options, TableOfTheTestCoversEveryOption) {
  Settings settings;
  std::set<std::string> names, tested;
  for (const Option& o : estimate_options(settings)) {
    if (!o.in_file) continue;
    EXPECT_TRUE(names.insert(o.name).second) << o.name << " is declared twice";
  }
  for (const auto& [name, texts] : other_values()) tested.insert(name);
  EXPECT_EQ(names, tested);
  EXPECT_EQ(names.size(), 48u);
}

TEST(Options, CommandLineToTomlAndBackKeepsEveryValue) {
  Settings standard, first, second;
  const auto defaults = estimate_options(standard), before = estimate_options(first),
             after = estimate_options(second);
  parse_into(before, typed(other_values(), before));
  TemporaryFolder folder;
  const std::string file = write_text(folder / "run.toml", to_toml(before));
  set_options(read_toml(file, after), after);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!before[i].in_file) continue;
    EXPECT_EQ(before[i].get(), after[i].get()) << before[i].name;
    EXPECT_NE(before[i].get(), defaults[i].get()) << before[i].name << " kept its default";
  }
}

TEST(Options, DefaultsSurviveTomlToo) {
  Settings first, second;
  const auto before = estimate_options(first), after = estimate_options(second);
  TemporaryFolder folder;
  set_options(read_toml(write_text(folder / "run.toml", to_toml(before)), after), after);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(before[i].get(), after[i].get()) << before[i].name;
}

TEST(Options, NamesThatAreNotUtf8SurviveToml) {
  Settings first, second;
  const auto before = estimate_options(first), after = estimate_options(second);
  const Texts images{
      "bad\xE9"
      "dir",
      "caf\xC3\xA9"};
  parse_into(before, {"--images", images[0], "--images", images[1]});
  TemporaryFolder folder;
  set_options(read_toml(write_text(folder / "run.toml", to_toml(before)), after), after);
  EXPECT_EQ(second.job.inputs.images, images);
}

TEST(Options, TextsReachTheirFields) {
  Settings s;
  const auto options = estimate_options(s);
  set_options(other_values(), options);
  const auto& [in, c, machine, out] = s.job;
  EXPECT_EQ(in.model, "net \"x\".onnx");
  EXPECT_EQ(in.weights, "w.caffemodel");
  EXPECT_EQ(in.input_size, (Size{64, 48}));
  EXPECT_EQ(in.images, (Texts{"a,b", "c"}));
  EXPECT_EQ(out.path, "fields.h5");
  EXPECT_TRUE(out.overwrite && out.resume && c.keep_maps && c.before_activation && c.overhang);
  EXPECT_EQ(c.layers, (Texts{"conv*", "pool1", "fc"}));
  EXPECT_EQ(c.units, "random:5");
  EXPECT_EQ(c.top_k, 7);
  EXPECT_EQ(c.bottom_k, 3);
  EXPECT_EQ(c.occluder, (Size{9, 7}));
  EXPECT_EQ(c.stride, (Size{2, 5}));
  EXPECT_EQ(c.fill, Fill::image_mean);
  EXPECT_EQ(c.seed, 9223372036854775807u);
  EXPECT_EQ(c.response, Response::sum);
  EXPECT_EQ(c.rules.discrepancy, Discrepancy::signed_change);
  EXPECT_EQ(c.rules.deposit, Deposit::footprint);
  EXPECT_EQ(c.rules.upsample, Upsample::nearest);
  EXPECT_EQ(c.rules.normalize, Normalize::peak);
  EXPECT_EQ(c.rules.border, Border::zero);
  EXPECT_EQ(c.rules.size_rule, SizeRule::radius90);
  EXPECT_EQ(c.rules.size_cut, 0.3);
  EXPECT_EQ(machine.device, "reference");
  EXPECT_EQ(machine.precision, "fp32");
  EXPECT_EQ(machine.strategy, Strategy::window);
  EXPECT_EQ(machine.batch, 12);
  EXPECT_EQ(machine.threads, 2);
  EXPECT_EQ(machine.memory, std::size_t(3) << 30);
  EXPECT_EQ(s.messages.log_file, "run.log");
}

TEST(Options, AShardIsOneOfSeveral) {
  Settings s;
  const auto options = estimate_options(s);
  set_options({{"shard", {"3/8"}}, {"wait", {"0"}}}, options);
  EXPECT_EQ(s.job.output.shard, (Shard{3, 8}));
  EXPECT_EQ(s.job.output.wait, 0);
  EXPECT_EQ(to_text(*find_option(options, "shard")->get()), "3/8");
  for (const char* wrong : {"0/3", "4/3", "3", "3/", "/3", "1/2/3", "-1/3", "a/b", "1/100000"})
    EXPECT_THROW(set_options({{"shard", {wrong}}}, options), ConfigError) << wrong;
  EXPECT_EQ(s.job.output.shard, (Shard{3, 8}));
}

TEST(Options, HelpNamesEveryOptionWithItsDefault) {
  Settings settings;
  const auto options = estimate_options(settings);
  const std::string help = help_text(kInfo, options);
  for (const Option& o : options)
    EXPECT_THAT(help, HasSubstr("--" + o.name + (o.is_flag() ? "" : " " + o.placeholder)));
  for (const char* text : {"[25]", "[11x11]", "[3x3]", "[noise]", "[0.1]", "[drop]", "[auto]",
                           "rfmap estimate --model net.onnx"})
    EXPECT_THAT(help, HasSubstr(text));
}

TEST(Options, RecordedOnesAreReadBackFromAttributes) {
  Settings s;
  set_options(other_values(), estimate_options(s));
  Attributes attributes;
  for (const Option& o : recorded_options(s.job)) attributes.emplace_back(o.name, attribute_of(o));
  EXPECT_EQ(*find_attribute(attributes, "occluder"), Attribute(std::vector<std::int64_t>{9, 7}));
  EXPECT_EQ(*find_attribute(attributes, "size-cut"), Attribute(0.3));
  EXPECT_EQ(*find_attribute(attributes, "overhang"), Attribute(std::int64_t{1}));
  EXPECT_EQ(*find_attribute(attributes, "fill"), Attribute(std::string("image-mean")));
  Job again;
  again.method = recorded_method(attributes);
  const Options want = recorded_options(s.job), got = recorded_options(again);
  ASSERT_EQ(want.size(), 24u);
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_EQ(got[i].get(), want[i].get()) << want[i].name;
  set_attribute(attributes, "fill", std::string("glitter"));
  EXPECT_THROW(recorded_method(attributes), DataError);
}

TEST(Options, ChoicesWithoutAValueHaveAWord) {
  Job job;
  std::map<std::string, std::string> texts;
  for (const Option& o : recorded_options(job)) texts[o.name] = identity_text(o);
  EXPECT_EQ(texts.at("layers"), "default");
  EXPECT_EQ(texts.at("preset"), "none");
  EXPECT_EQ(texts.at("units"), "all");
}

TEST(Preprocessing, PresetIsOverriddenByExplicitOptionsOnly) {
  PreprocessingChoice s;
  s.preset = "caffe";
  const Preprocessing preset = resolve(s);
  EXPECT_EQ(preset.order, ChannelOrder::bgr);
  EXPECT_EQ(preset.mean, (std::vector<double>{104, 117, 123}));
  s.resize = Resize{};
  s.crop = Size{227, 227};
  const Preprocessing changed = resolve(s);
  EXPECT_EQ(changed.resize.warp, Size{});
  EXPECT_EQ(changed.resize.short_side, 0);
  EXPECT_EQ(changed.crop, (Size{227, 227}));
  EXPECT_EQ(changed.mean, preset.mean);
}

/// A mean image of Caffe in the old form: 1 x `channels` x 1 x 2 and its values.
std::string mean_image(char channels, const std::vector<float>& values) {
  std::string bytes{'\x08', 1, '\x10', channels, '\x18', 1, '\x20', 2, '\x2a'};
  bytes += char(4 * values.size());
  bytes.append(reinterpret_cast<const char*>(values.data()), 4 * values.size());
  return bytes;
}

TEST(Preprocessing, AMeanImageGivesItsMeanPerChannel) {
  TemporaryFolder folder;
  Settings s;
  const auto options = estimate_options(s);
  set_options(
      {{"mean", {folder.write("m.binaryproto", mean_image(3, {100, 110, 0, 5, 255, 254}))}}},
      options);
  EXPECT_EQ(*s.job.method.preprocessing.mean, (std::vector<double>{105, 2.5, 254.5}));
  const auto error_of = [](const std::string& path) {
    try {
      method::channel_means("--mean", path);
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::pair<std::string, std::string> wrong[] = {
      {mean_image(2, {1, 2, 3, 4}), "no image of 1 or 3 channels"},
      {mean_image(3, {1, 2, 3, 4}), "no image of 1 or 3 channels"},
      {mean_image(3, {}), "no image of 1 or 3 channels"},
      {std::string(40, '\x07'), "another kind of file"},
      {mean_image(3, {1, 2, 3, 4, 5, 6}).substr(0, 20), "truncated"},
      {mean_image(1, {1, std::numeric_limits<float>::quiet_NaN()}), "not finite"}};
  for (const auto& [bytes, problem] : wrong) {
    const std::string path = folder.write("wrong.binaryproto", bytes);
    const std::string error = error_of(path);
    EXPECT_THAT(error, HasSubstr("--mean " + path));
    EXPECT_THAT(error, HasSubstr(problem));
  }
  EXPECT_THAT(error_of(folder / "no.binaryproto"), HasSubstr("does not exist"));
}

TEST(Preprocessing, ResizeReplacesThePresetsWholeRule) {
  PreprocessingChoice s;
  s.preset = "caffe";
  s.resize = Resize{256, {}};
  EXPECT_EQ(resolve(s).resize.short_side, 256);
  EXPECT_EQ(resolve(s).resize.warp, Size{});
}

}  // namespace
}  // namespace rfmap::app
