#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/estimate.h"

#include "app/logging.h"
#include "app/options/command_line.h"
#include "app/options/options.h"
#include "app_files.h"
#include "method/preprocessing.h"

namespace rfmap::app {
namespace {

using testing::HasSubstr;

const CommandInfo kInfo{"estimate", "summary", "estimate", ""};

/// The message of the ConfigError that `act` throws, or "no error".
template <class Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.exit_code(), kExitUsage);
    return e.what();
  }
  return "no error";
}

std::string error_of_args(const Texts& args) {
  return error_of([&] {
    Settings s;
    const auto options = estimate_options(s);
    set_options(parse_arguments(kInfo, options, args).value(), options);
  });
}

std::string error_of_toml(const std::string& text) {
  return error_of([&] {
    Settings s;
    const auto options = estimate_options(s);
    TemporaryFolder folder;
    set_options(read_toml(write_text(folder / "run.toml", text), options), options);
  });
}

struct Wrong {
  Texts args;
  Texts parts;  ///< parts of the message
};

TEST(WrongValues, NameOptionValueAndWhatIsAllowed) {
  const std::vector<Wrong> cases{
      {{"--top-k", "0"}, {"--top-k", "\"0\"", "from 1 to 65535"}},
      {{"--top-k", "2.5"}, {"--top-k", "whole number"}},
      {{"--top-k", "99999999999999999999"}, {"--top-k"}},
      {{"--bottom-k", "-1"}, {"--bottom-k", "\"-1\""}},
      {{"--occluder", "0"}, {"--occluder", "N or HxW"}},
      {{"--occluder", "11x"}, {"--occluder", "\"11x\""}},
      {{"--occluder", "1x2x3"}, {"--occluder", "1x2x3"}},
      {{"--stride", "-3"}, {"--stride"}},
      {{"--fill", "nois"}, {"--fill", "image-mean", "did you mean noise?"}},
      {{"--response", ""}, {"--response", "location, max, sum"}},
      {{"--size-rule", "median"}, {"area, radius50, radius90, gaussian, box"}},
      {{"--size-cut", "0"}, {"--size-cut", "between 0 and 1"}},
      {{"--size-cut", "1"}, {"--size-cut"}},
      {{"--size-cut", "nan"}, {"--size-cut"}},
      {{"--mean", "1,2"}, {"--mean", "\"1,2\"", "one per channel"}},
      {{"--mean", "1,,3"}, {"--mean"}},
      {{"--std", "1,0,1"}, {"--std", "\"0\"", "above 0"}},
      {{"--channels", "bgra"}, {"--channels", "did you mean bgr?"}},
      {{"--resize", "big"}, {"--resize", "SIDE"}},
      {{"--crop", "0x5"}, {"--crop"}},
      {{"--memory", "2X"}, {"--memory", "2G"}},
      {{"--memory", "9999999999T"}, {"--memory"}},
      {{"--threads", "0"}, {"--threads", "\"all\""}},
      {{"--batch", "many"}, {"--batch", "\"auto\""}},
      {{"--precision", "fp8"}, {"--precision", "auto, fp32"}},
      {{"--layers", "a,,b"}, {"--layers", "a,,b"}},
      {{"--seed", "-1"}, {"--seed", "at least 0"}},
      {{"--model", ""}, {"--model"}},
  };
  for (const Wrong& wrong : cases) {
    const std::string sentence = error_of_args(wrong.args);
    for (const std::string& part : wrong.parts)
      EXPECT_THAT(sentence, HasSubstr(part)) << wrong.args[0] << " " << wrong.args[1];
    EXPECT_EQ(sentence.find('\n'), std::string::npos);
  }
}

TEST(WrongArguments, AreNamedWithTheNearestOption) {
  EXPECT_THAT(error_of_args({"--strid", "3"}), HasSubstr("did you mean --stride?"));
  EXPECT_THAT(error_of_args({"--topk=3"}),
              HasSubstr("unknown option --topk; did you mean --top-k"));
  EXPECT_THAT(error_of_args({"photos"}), HasSubstr("unexpected argument \"photos\""));
  EXPECT_THAT(error_of_args({"--images", "a", "b"}), HasSubstr("unexpected argument \"b\""));
  EXPECT_THAT(error_of_args({"--top-k"}), HasSubstr("option --top-k needs a value"));
  EXPECT_THAT(error_of_args({"--top-k", "3", "--top-k", "4"}), HasSubstr("given 2 times"));
  EXPECT_THAT(error_of_args({"--occluder", "3", "--occluder", "4"}), HasSubstr("given 2 times"));
}

TEST(WrongArguments, OptionsThatDoNotExistYetAreUnknown) {
  for (const char* option : {"--plan-from", "--shards"})
    EXPECT_THAT(error_of_args({option}), HasSubstr(std::string("unknown option ") + option));
}

TEST(WrongToml, NamesFileLineAndKey) {
  EXPECT_THAT(error_of_toml("top-k = 3\nstrde = 2\n"),
              testing::AllOf(HasSubstr("run.toml"), HasSubstr("\"strde\" is not an option"),
                             HasSubstr("did you mean stride?")));
  EXPECT_THAT(error_of_toml("top-k = 3\n\nfill = noise\n"), HasSubstr("line 3"));
  EXPECT_THAT(error_of_toml("[occluder]\nside = 3\n"), HasSubstr("\"occluder\" must be"));
  EXPECT_THAT(error_of_toml("top-k = 2.5\n"), HasSubstr("--top-k \"2.5\""));
  EXPECT_THAT(error_of_toml("overhang = 1\n"), HasSubstr("true or false"));
  EXPECT_THAT(error_of_toml("mean = [1, 2]\n"), HasSubstr("--mean"));
  EXPECT_THAT(error_of_toml("top-k = [1, 2]\n"), HasSubstr("only once"));
  EXPECT_THAT(error_of_toml("config = \"other.toml\"\n"), HasSubstr("\"config\" is not an option"));
  EXPECT_THAT(error_of([] { read_toml("absent.toml", {}); }), HasSubstr("absent.toml"));
}

TEST(WrongTogether, WhatIsMissingOrContradicts) {
  const auto error_with = [](auto change) {
    Job job{{"net.onnx", "", {}, {}, {"photos"}}, {}, {}, {"fields.h5"}};
    job.method.preprocessing.preset = "caffe";
    change(job);
    return error_of([&] { check(job); });
  };
  EXPECT_EQ(error_with([](Job&) {}), "no error");
  EXPECT_THAT(error_with([](Job& s) { s.inputs.model = ""; }), HasSubstr("--model is missing"));
  EXPECT_THAT(error_with([](Job& s) { s.inputs.images = {}; }), HasSubstr("--images"));
  EXPECT_THAT(error_with([](Job& s) { s.output.path = ""; }), HasSubstr("--out"));
  EXPECT_THAT(error_of([] {
                set_up_logging({true, true, ""});
              }),
              HasSubstr("--quiet and --verbose"));
  EXPECT_THAT(error_with([](Job& s) { s.method.preprocessing.preset = ""; }),
              testing::AllOf(HasSubstr("caffe"), HasSubstr("torchvision"), HasSubstr("--mean")));
  EXPECT_THAT(error_with([](Job& s) { s.method.preprocessing.preset = "cafe"; }),
              HasSubstr("did you mean caffe?"));
  EXPECT_THAT(error_with([](Job& s) { s.method.preprocessing.channels = ChannelOrder::gray; }),
              HasSubstr("--mean gives 3 values"));
}

TEST(Preprocessing, OneDoubtForValuesIn0To1OrTwoScales) {
  const auto doubt = [](std::vector<double> mean, std::vector<double> std, double scale = 1) {
    Preprocessing p;
    p.mean = mean, p.std = std, p.scale = scale;
    return method::doubt_of(p);
  };
  EXPECT_EQ(doubt({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}),
            "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225: pixels, means and deviations are in "
            "0..255; for values in 0..1 give --mean 123.675,116.28,103.53 --std "
            "58.395,57.12,57.375");
  EXPECT_THAT(doubt({0.5}, {1}), HasSubstr("give --mean 127.5 --std 255"));
  EXPECT_THAT(doubt({0.5}, {1}, 1 / 255.0), testing::EndsWith("give --mean 127.5"));
  EXPECT_THAT(doubt({0.5}, {0.25}, 1 / 255.0), HasSubstr("--std 63.75 --scale 1"));
  EXPECT_THAT(doubt({0}, {0.5}), HasSubstr("give --std 127.5"));
  EXPECT_THAT(doubt({120}, {60}, 0.5), HasSubstr("--scale 0.5 and --std 60 both apply"));
  EXPECT_EQ(doubt({104, 117, 123}, {1}, 0.017), "");
  for (const Preset& preset : presets())
    EXPECT_EQ(method::doubt_of(preset.values), "") << preset.name;
}

TEST(Sizes, AreWrittenInSeveralWays) {
  const Sides sides;
  EXPECT_EQ(sides.parse("--s", {"11"}), (Size{11, 11}));
  EXPECT_EQ(sides.parse("--s", {"11x7"}), (Size{11, 7}));
  EXPECT_EQ(sides.parse("--s", {"11", "7"}), (Size{11, 7}));
  const ResizeCodec resize;
  EXPECT_EQ(resize.parse("--r", {"0"}), (Resize{0, {}}));
  EXPECT_EQ(resize.parse("--r", {"256"}), (Resize{256, {}}));
  EXPECT_EQ(resize.parse("--r", {"256x256"}), (Resize{0, {256, 256}}));
  const Bytes bytes;
  EXPECT_EQ(bytes.parse("--m", {"1K"}), 1024u);
  EXPECT_EQ(bytes.parse("--m", {"512M"}), std::size_t(512) << 20);
  EXPECT_EQ(bytes.parse("--m", {"1000"}), 1000u);
  const Unless automatic{"auto", bytes};
  EXPECT_EQ(automatic.parse("--m", {"auto"}), std::nullopt);
  EXPECT_EQ(automatic.parse("--m", {"64K"}), std::size_t(64) << 10);
}

}  // namespace
}  // namespace rfmap::app
