#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/field.h"
#include "rfmap/theory.h"
#include "rfmap/version.h"

#include "app/commands.h"
#include "app/commands/gradient_inputs.h"
#include "app/commands/neuron_name.h"
#include "app/logging.h"
#include "app/options/options.h"
#include "app/output_check.h"
#include "app/text/gradient_text.h"
#include "core/log.h"
#include "core/parallel.h"
#include "method/preprocessing.h"
#include "report/figures/figures.h"

namespace rfmap::app {
using namespace report;
namespace {

using figures::Product;
const Choice<Product> kProducts{{{"support", Product::support},
                                 {"absolute", Product::absolute},
                                 {"signed", Product::signed_mean},
                                 {"squared", Product::squared}}};
const Choice<InputKind> kInputs{{{"auto", InputKind::automatic},
                                 {"zero", InputKind::zero},
                                 {"noise", InputKind::noise},
                                 {"images", InputKind::images}}};
const Choice<Linear> kLinear{
    {{"no", Linear::no}, {"activations", Linear::activations}, {"all", Linear::all}}};

struct GradientSettings {
  Job job;  ///< of the options that estimate has too
  Messages messages;
  NeuronRequest neurons;
  InputRequest input;
  Linear linear = Linear::no;
  Product product = Product::absolute;
  Texts out;
  std::optional<int> columns;
  Format format = Format::table;
};

/// Options of `rfmap estimate` that mean the same here.
Options shared_options(GradientSettings& s) {
  const Texts names{"model",        "weights",   "input-size",
                    "input-layout", "images",    "before-activation",
                    "seed",         "overwrite", "threads"};
  Options options = job_options(s.job);
  std::erase_if(options, [&](const Option& o) {
    return o.group != kPreprocessing && std::ranges::find(names, o.name) == names.end();
  });
  for (Option& o : options) {
    if (o.name == "seed") {
      o.help = "seed for noise; the next samples have seed + 1, seed + 2, ...";
      o.group = "";
    }
    if (o.name == "overwrite") o.help = "replace files that exist";
  }
  options.push_back(quiet_option(s.messages));
  options.push_back(verbose_option(s.messages));
  return options;
}

Options gradient_options(GradientSettings& s) {
  Options all{
      option("neuron", s.neurons.neurons, TextList{"LAYER:CHANNEL:Y:X"},
             "neuron, counted from 0; * as channel: the sum over channels; repeatable"),
      option("layers", s.neurons.layers, TextList{"LIST|all", true},
             "with --at: the layers (without this option: every convolution and pooling output)"),
      option("at", s.neurons.at, Text{"CHANNEL:Y:X"}, "the same place in every one of --layers"),
      option("input", s.input.kind, kInputs,
             "where gradients are taken; auto: images where --images are given, else noise"),
      option("samples", s.input.samples, Unless{"auto", Integer{1, 1000000}},
             "inputs whose gradients are averaged (auto: one of noise, all images)"),
      option("linear", s.linear, kLinear,
             "--linear: without the activations; --linear=all: max pooling averages too"),
      option("out", s.out, TextList{"FILE.h5|FILE.png|FILE.svg"}, "file to write; repeatable"),
      option("product", s.product, kProducts, "what a picture shows"),
      option("columns", s.columns, Unless{"auto", Integer{1, 64}}, "tiles in a row of a picture"),
      option("format", s.format, kFormats, "of the table"),
  };
  for (Option& o : all) o.group = "Gradient";
  for (Option& o : shared_options(s)) all.push_back(std::move(o));
  return all;
}

/// "--linear" alone takes a value, so that "--linear=all" can be another.
Texts with_values(Texts args) {
  for (std::string& arg : args)
    if (arg == "--linear") arg = "--linear=activations";
  return args;
}

void check(const GradientSettings& s) {
  if (s.job.inputs.model.empty())
    throw ConfigError("option --model is missing; give the network, as in --model net.onnx");
  for (const std::string& out : s.out) {
    if (!out.ends_with(".h5") && !out.ends_with(".png") && !out.ends_with(".svg"))
      throw ConfigError("--out " + out +
                        ": give a name that ends in .h5 (maps), .png or .svg (picture)");
    check_output(out, s.job.output);
  }
}

/// The measured neurons with what is printed of them.
struct Measured {
  std::vector<NeuronGradient> neurons;
  std::vector<GradientRow> rows;
  int skipped = 0;
};

double cpu_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

/// Gradients of all neurons at all inputs.
class Measurement {
 public:
  Measurement(const Graph& graph, const std::vector<AskedNeuron>& neurons,
              std::optional<int> threads)
      : neurons_(neurons), gradients_(graph, nodes_of(neurons), threads) {
    means_.assign(neurons.size(), GradientMean(graph.input()));
    responses_.assign(neurons.size(), 0);
  }

  void take(std::span<const float> image) {
    const double start = cpu_seconds();
    gradients_.forward(image);
    const double middle = cpu_seconds();
    for (std::size_t i = 0; i < neurons_.size(); ++i) {
      means_[i].add(gradients_.backward(neurons_[i].neuron));
      responses_[i] += gradients_.response(neurons_[i].neuron);
    }
    log::debug("input {}: forward {:.4f} s, {} backward {:.4f} s of CPU time", ++inputs_,
               middle - start, neurons_.size(), cpu_seconds() - middle);
  }

  GradientMaps maps(std::size_t i) const { return means_[i].maps(); }
  double response(std::size_t i) const { return responses_[i] / inputs_; }

 private:
  static std::vector<int> nodes_of(const std::vector<AskedNeuron>& neurons) {
    std::vector<int> nodes;
    for (const AskedNeuron& n : neurons) nodes.push_back(n.neuron.node);
    return nodes;
  }

  const std::vector<AskedNeuron>& neurons_;
  Gradients gradients_;
  std::vector<GradientMean> means_;
  std::vector<double> responses_;
  int inputs_ = 0;
};

Measured measure(const Model& model, const GradientSettings& s) {
  const std::vector<AskedNeuron> named = resolve_neurons(model, s.neurons);
  const Graph graph = linearized(model.graph, s.linear);
  Measurement measurement(graph, named, s.job.machine.threads);
  Measured result;
  result.skipped = for_each_input(s.input, graph.input(),
                                  [&](std::span<const float> image) { measurement.take(image); });
  for (std::size_t i = 0; i < named.size(); ++i) {
    const Neuron& neuron = named[i].neuron;
    result.neurons.push_back({named[i].layer, kind_name(model.graph.nodes[neuron.node].op),
                              neuron.channel, neuron.position,
                              neuron_box(model.graph, neuron.node, neuron.position).whole,
                              measurement.maps(i)});
    result.rows.push_back(row_of(named[i].text(), result.neurons.back(), measurement.response(i)));
  }
  warn_of_traps(graph, kind_of(s.input), result.rows, result.neurons);
  return result;
}

/// Network, inputs and what was left out, for a picture's caption.
std::string measured_how(const GradientSettings& s, int samples) {
  const InputKind kind = kind_of(s.input);
  const std::string inputs = kind == InputKind::zero ? "the zero image"
                             : kind == InputKind::noise
                                 ? fmt::format("{} noise input(s), seed {}", samples, s.input.seed)
                                 : fmt::format("{} image(s)", samples);
  const char* left_out = s.linear == Linear::no            ? "the network as it is"
                         : s.linear == Linear::activations ? "without its activations (--linear)"
                                                           : "all made linear (--linear=all)";
  return fmt::format("{}, {}, {}.", std::filesystem::path(s.job.inputs.model).filename().string(),
                     left_out, inputs);
}

void write_picture(const std::string& path, const Measured& m, const GradientSettings& s) {
  std::vector<figures::GradientShown> shown;
  for (std::size_t i = 0; i < m.rows.size(); ++i)
    shown.push_back({m.neurons[i], m.rows[i].box, m.rows[i].support});
  TileSheet sheet =
      figures::gradient_sheet(shown, s.product, measured_how(s, m.neurons.front().maps.samples));
  if (s.columns) sheet.columns = *s.columns;
  write_tiles(path, sheet);
}

Attributes attributes_of(const Model& model, const GradientSettings& s) {
  const Shape& input = model.graph.input();
  InputRequest request = s.input;
  request.kind = kind_of(s.input);
  return {{"program", std::string("rfmap")},
          {"version", std::string(kVersion)},
          {"model", s.job.inputs.model},
          {"model_sha256", model.model_sha256},
          {"weights_sha256", model.weights_sha256},
          {"input_shape", std::vector<std::int64_t>{input.c, input.h, input.w}},
          {"input", std::get<std::string>(*kInputs.value(request.kind))},
          {"seed", std::int64_t(request.seed)},
          {"linear", std::get<std::string>(*kLinear.value(s.linear))}};
}

int run_gradient(const CommandInfo& info, const Texts& args) {
  GradientSettings s;
  const Options options = gradient_options(s);
  const auto given = parse_arguments(info, options, with_values(args));
  if (!given) return 0;
  const Inputs& inputs = s.job.inputs;
  const Method& method = s.job.method;
  set_up_logging(s.messages);
  check(s);
  s.neurons.before_activation = method.before_activation;
  s.input.images = inputs.images;
  s.input.seed = method.seed;
  s.input.threads = core::thread_count(s.job.machine.threads);
  const auto is_given = [&](const Option& o) {
    return o.group == kPreprocessing && given->contains(o.name);
  };
  if (std::ranges::any_of(options, is_given)) {
    s.input.preprocessing = resolve(method.preprocessing);
    if (const auto doubt = doubt_of(*s.input.preprocessing); !doubt.empty()) log::warn("{}", doubt);
  }
  const Model model =
      read_model({inputs.model, inputs.weights, inputs.input_size, inputs.input_layout});
  const Measured measured = measure(model, s);
  for (const std::string& out : s.out) {
    if (out.ends_with(".h5"))
      write_gradient_file(out, attributes_of(model, s), measured.neurons);
    else
      write_picture(out, measured, s);
  }
  put_text("", gradient_text(measured.rows, s.format));
  return measured.skipped > 0 ? kExitSkippedImages : kExitDone;
}

}  // namespace

Command gradient_command() {
  return {{"gradient", "gradient receptive fields: which pixels move a neuron, and how much",
           "gradient --model vgg16.onnx --at 0:2:2 --linear --product support --out grid.png",
           describe_presets()},
          run_gradient};
}

}  // namespace rfmap::app
