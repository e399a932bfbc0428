#include "rfmap/choices.h"

#include "app/options.h"

namespace rfmap::app {
namespace {

using Options = std::vector<Option>;

const Choice<std::string> kPrecisions{
    {{"auto", "auto"}, {"fp32", "fp32"}, {"tf32", "tf32"}, {"fp16", "fp16"}, {"bf16", "bf16"}}};

Options input_options(Config& c) {
  return {
      option("model", c.model, Text{"FILE"}, "network: .onnx, or a Caffe deploy .prototxt"),
      option("weights", c.weights, Text{"FILE"}, "the .caffemodel of a .prototxt"),
      method(option("weights-control", c.weights_control, choice(kWeightsControls),
                    "weights as trained, or shuffled within each layer: a control for what "
                    "training did to the fields")),
      option("input-size", c.input_size, Sides{},
             "height and width of the network's input instead of the model's own"),
      option("images", c.images, TextList{"PATH"},
             "folder (recursive), text list (one path per line, optionally a label after it) or "
             "IDX file "
             "(.gz too); repeatable"),
      method(
          option("cluster", c.cluster, choice(kClusters),
                 "related images, resampled together for intervals and reliability: those in one "
                 "folder, or with one label in the list's second column")),
  };
}

Options output_options(Config& c) {
  return {
      option("out", c.out, Text{"FILE.h5"}, "results file (HDF5)"),
      option("overwrite", c.overwrite, Flag{},
             "replace the results file if it exists, and discard an unfinished run"),
      option("resume", c.resume, Flag{}, "continue an unfinished run with the same options"),
      option("commit-every", c.commit_every, Real{0},
             "at most so many seconds of occluded passes are lost in a crash"),
      method(option("keep-maps", c.keep_maps, Flag{},
                    "store the discrepancy map of every unit and image")),
      method(option("with-gradient", c.with_gradient, Flag{},
                    "also compute the gradient fields of the same units and images")),
  };
}

Options unit_options(Config& c) {
  return {
      method(option("layers", c.layers, TextList{"LIST|all", true},
                    "layers to measure: names of nodes or tensors, globs, all; commas between, "
                    "repeatable; a convolution's name means its response after the activation "
                    "(without this option: every convolution and pooling output)")),
      method(option("units", c.units, Text{"all|0-63|3,7|random:N"},
                    "channels to measure in each layer, counted from 0")),
      method(option("before-activation", c.before_activation, Flag{},
                    "measure convolutions before their activation")),
      method(option("top-k", c.top_k, Integer{1, 65535},
                    "number of images per unit: those with its largest responses")),
      method(option("bottom-k", c.bottom_k, Integer{0, 65535},
                    "number of images per unit with its lowest responses, measured separately")),
  };
}

Options occlusion_options(Config& c) {
  return {
      method(option("occluder", c.occluder, Sides{}, "size of the occluder in pixels")),
      method(option("stride", c.stride, Sides{}, "step of the occluder's grid in pixels")),
      method(option("fill", c.fill, choice(kFills), "what the occluder shows")),
      method(option("seed", c.seed, Integer{0},
                    "seed for the noise fill, random units, shuffled weights and the bootstrap")),
      method(option("overhang", c.overhang, Flag{},
                    "also use occluders that the image's border cuts off")),
      method(option("response", c.response, choice(kResponses),
                    "activation at the recorded location, or maximum or sum over the map")),
      method(option("recentre", c.rules.recentre, choice(kRecentres),
                    "where several positions share the maximum: on their mean, or the first")),
  };
}

Options rule_options(AggregateRules& r) {
  return {
      method(option("discrepancy", r.discrepancy, choice(kDiscrepancies),
                    "which change of the response counts")),
      method(option("deposit", r.deposit, choice(kDeposits),
                    "assign a discrepancy to its occluder's centre, or to all pixels under it")),
      method(option("upsample", r.upsample, choice(kUpsamples),
                    "interpolation from the grid to pixels")),
      method(option("normalize", r.normalize, choice(kNormalizes),
                    "normalization of each map before averaging")),
      method(option("border", r.border, choice(kBorders),
                    "pixels that an image does not reach: left out of the mean, or zero")),
      method(
          option("size-rule", r.size_rule, choice(kSizeRules), "how a field's size is measured")),
      method(option("size-cut", r.size_cut, Real{0, 1},
                    "threshold of the field's area, as a fraction of its peak")),
  };
}

Options preprocessing_options(Settings& s) {
  return {
      method(option("preset", s.config.preset, Text{"NAME"},
                    "preprocessing used in training (list below)")),
      option("channels", s.channels, choice(kChannelOrders),
             "order of the network's input channels"),
      option("mean", s.mean, Reals{},
             "subtracted from each pixel (0..255), in the network's channel order"),
      option("std", s.std, Reals{0},
             "standard deviation by which each channel is divided (0..255)"),
      option("scale", s.scale, Real{}, "network value = (pixel - mean) * scale / std"),
      option("resize", s.resize, ResizeCodec{},
             "before the crop: short side to SIDE, warp to HxW, or 0: not at all"),
      option("crop", s.crop, Sides{}, "centre crop; the network's input size if not given"),
  };
}

Options machine_options(Config& c) {
  return {
      option("device", c.device, Text{"auto|cpu|cuda|cuda:N|reference|check"},
             "engine that computes; check compares it with reference; see rfmap devices"),
      option("precision", c.precision, kPrecisions,
             "precision of the arithmetic; auto: tf32 on a GPU that has it, otherwise fp32"),
      option("strategy", c.strategy, choice(kStrategies),
             "full passes, or windows: compute only what an occluder changes and a unit sees"),
      option("batch", c.batch, Integer{1, 65535, "auto"}, "number of occluded copies per pass"),
      option("threads", c.threads, Integer{1, 4096, "all"}, "CPU threads"),
      option("memory", c.memory, Bytes{}, "limit on working memory, as in 2G"),
  };
}

Options message_options(Settings& s) {
  Options all{
      option("config", s.config_file, Text{"FILE.toml"},
             "read options from a file; the command line takes precedence"),
      option("print-config", s.print_config, Flag{},
             "print the configuration file for this run, and exit"),
      option("quiet", s.config.quiet, Flag{}, "print warnings only"),
      option("verbose", s.config.verbose, Flag{}, "print details"),
      option("log-file", s.config.log_file, Text{"FILE"}, "also write all messages to this file"),
  };
  all[0].in_file = all[1].in_file = false;
  return all;
}

void append(Options& all, const std::string& group, Options options) {
  for (Option& o : options) {
    o.group = group;
    all.push_back(std::move(o));
  }
}

}  // namespace

std::vector<Option> estimate_options(Settings& s) {
  Options all;
  append(all, "Model and images", input_options(s.config));
  append(all, "Results", output_options(s.config));
  append(all, "Units", unit_options(s.config));
  append(all, "Occlusion", occlusion_options(s.config));
  append(all, "Fields and sizes", rule_options(s.config.rules));
  append(all, "Preprocessing", preprocessing_options(s));
  append(all, "Machine", machine_options(s.config));
  append(all, "Configuration and messages", message_options(s));
  return all;
}

}  // namespace rfmap::app
