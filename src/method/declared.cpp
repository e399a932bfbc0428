#include "method/declared.h"

#include "method/codecs.h"

namespace rfmap::method {
namespace {

const Choice<std::string> kPrecisions{
    {{"auto", "auto"}, {"fp32", "fp32"}, {"tf32", "tf32"}, {"fp16", "fp16"}, {"bf16", "bf16"}}};

Options image_options(Inputs& i, Method& m) {
  return {
      option("images", i.images, TextList{"PATH"},
             "folder (recursive), text list (one path per line, optionally a label after it), IDX "
             "file "
             "(.gz too) or tar file (not compressed; WebDataset shards); repeatable"),
      recorded(option("weights-control", m.weights_control, choice(kWeightsControls),
                      "weights as trained, or shuffled within each layer: a control for what "
                      "training did to the fields")),
      recorded(
          option("cluster", m.cluster, choice(kClusters),
                 "related images, resampled together for intervals and reliability: those in one "
                 "folder, or with one label in the list's second column")),
  };
}

/// How one of several processes takes part: not a property of the run that a file repeats.
Option only_typed(Option o) {
  o.in_file = false;
  return o;
}

Options output_options(Output& o, Method& m) {
  return {
      option("out", o.path, Text{"FILE.h5"}, "results file (HDF5)"),
      option("overwrite", o.overwrite, Flag{},
             "replace the results file if it exists, and discard an unfinished run"),
      option("resume", o.resume, Flag{}, "continue an unfinished run with the same options"),
      option("commit-every", o.commit_every, Real{0},
             "at most so many seconds of occluded passes are lost in a crash"),
      only_typed(option("shard", o.shard, ShardCodec{},
                        "do part I of N, as in a Slurm job array; all parts share --out's folder, "
                        "and rfmap merge writes the results")),
      only_typed(option("wait", o.wait, Integer{0, 1000000},
                        "seconds that a shard waits for the others' scan before it stops, to be "
                        "continued with --resume")),
      recorded(option("keep-maps", m.keep_maps, Flag{},
                      "store the discrepancy map of every unit and image")),
      recorded(option("with-gradient", m.with_gradient, Flag{},
                      "also compute the gradient fields of the same units and images")),
  };
}

Options unit_options(Method& m) {
  return {
      recorded(option("layers", m.layers, TextList{"LIST|all", true},
                      "layers to measure: paths of modules (layer1.0.conv1; layer1 means its last "
                      "output), names of nodes or tensors, globs, all; commas between, repeatable; "
                      "a convolution's name means its response after the activation (without this "
                      "option: every convolution and pooling output that can be measured)"),
               "default"),
      recorded(option("units", m.units, Text{"all|0-63|3,7|random:N"},
                      "channels to measure in each layer, counted from 0")),
      recorded(option("before-activation", m.before_activation, Flag{},
                      "measure convolutions before their activation")),
      recorded(option("top-k", m.top_k, Integer{1, 65535},
                      "number of images per unit: those with its largest responses")),
      recorded(option("bottom-k", m.bottom_k, Integer{0, 65535},
                      "number of images per unit with its lowest responses, measured separately")),
  };
}

Options occlusion_options(Method& m) {
  return {
      recorded(option("occluder", m.occluder, Sides{}, "size of the occluder in pixels")),
      recorded(option("stride", m.stride, Sides{}, "step of the occluder's grid in pixels")),
      recorded(option("fill", m.fill, choice(kFills), "what the occluder shows")),
      recorded(option("seed", m.seed, Integer{0},
                      "seed for the noise fill, random units, shuffled weights and the bootstrap")),
      recorded(option("overhang", m.overhang, Flag{},
                      "also use occluders that the image's border cuts off")),
      recorded(option("response", m.response, choice(kResponses),
                      "activation at the recorded location, or maximum or sum over the map")),
      recorded(option("recentre", m.rules.recentre, choice(kRecentres),
                      "where several positions share the maximum: on their mean, or the first")),
  };
}

Options machine_options(Machine& m) {
  return {
      option("device", m.device, Text{"auto|cpu|cuda|cuda:N|cuda:0,1|cuda:all|reference|check"},
             "engine that computes, or GPUs that share the work; check compares it with "
             "reference; see rfmap devices"),
      option("precision", m.precision, kPrecisions,
             "precision of the arithmetic; auto: tf32 on a GPU that has it, otherwise fp32"),
      option("strategy", m.strategy, choice(kStrategies),
             "full passes, or windows: compute only what an occluder changes and a unit sees"),
      option("batch", m.batch, Unless{"auto", Integer{1, 65535}},
             "number of occluded copies per pass"),
      option("threads", m.threads, Unless{"all", Integer{1, 4096}}, "CPU threads"),
      option("memory", m.memory, Unless{"auto", Bytes{}}, "limit on working memory, as in 2G"),
  };
}

}  // namespace

Options network_options(std::string& model, std::string& weights, Size& input_size,
                        InputLayout& layout) {
  return {
      option("model", model, Text{"FILE"}, "network: .onnx, or a Caffe deploy .prototxt"),
      option("weights", weights, Text{"FILE"}, "the .caffemodel of a .prototxt"),
      option("input-size", input_size, Sides{},
             "height and width of the network's input instead of the model's own; needed where the "
             "model leaves them open"),
      option("input-layout", layout, choice(kInputLayouts),
             "axes of the network's input: nchw (channels first) or nhwc (channels last); auto: "
             "from its extents and the operations that read it"),
  };
}

Options rule_options(AggregateRules& r) {
  return {
      recorded(option("discrepancy", r.discrepancy, choice(kDiscrepancies),
                      "which change of the response counts")),
      recorded(option("deposit", r.deposit, choice(kDeposits),
                      "assign a discrepancy to its occluder's centre, or to all pixels under it")),
      recorded(option("upsample", r.upsample, choice(kUpsamples),
                      "interpolation from the grid to pixels")),
      recorded(option("normalize", r.normalize, choice(kNormalizes),
                      "normalization of each map before averaging")),
      recorded(option("border", r.border, choice(kBorders),
                      "pixels that an image does not reach: left out of the mean, or zero")),
      recorded(
          option("size-rule", r.size_rule, choice(kSizeRules), "how a field's size is measured")),
      recorded(option("size-cut", r.size_cut, Real{0, 1},
                      "threshold of the field's area, as a fraction of its peak")),
  };
}

Options preprocessing_options(PreprocessingChoice& p) {
  return {
      recorded(option("preset", p.preset, Text{"NAME"},
                      "preprocessing used in training (rfmap estimate --help lists them)"),
               "none"),
      option("channels", p.channels, choice(kChannelOrders),
             "order of the network's input channels"),
      option("mean", p.mean, Means{},
             "subtracted from each pixel (0..255), in the network's channel order; of a mean image "
             "of Caffe, its mean per channel"),
      option("std", p.std, Reals{0},
             "standard deviation by which each channel is divided (0..255)"),
      option("scale", p.scale, Real{}, "network value = (pixel - mean) * scale / std"),
      option("resize", p.resize, ResizeCodec{},
             "before the crop: short side to SIDE, warp to HxW, or 0: not at all"),
      option("crop", p.crop, Sides{}, "centre crop; the network's input size if not given"),
  };
}

Options job_options(Job& job) {
  Inputs& in = job.inputs;
  Method& m = job.method;
  Options all;
  const auto append = [&all](const char* group, Options options) {
    for (Option& o : options) {
      o.group = group;
      all.push_back(std::move(o));
    }
  };
  append("Model and images", network_options(in.model, in.weights, in.input_size, in.input_layout));
  append("Model and images", image_options(in, m));
  append("Results", output_options(job.output, m));
  append("Units", unit_options(m));
  append("Occlusion", occlusion_options(m));
  append("Fields and sizes", rule_options(m.rules));
  append(kPreprocessing, preprocessing_options(m.preprocessing));
  append("Machine", machine_options(job.machine));
  return all;
}

Options recorded_options(Job& job) {
  Options options = job_options(job);
  std::erase_if(options, [](const Option& o) { return !o.recorded; });
  return options;
}

}  // namespace rfmap::method
