#include "rfmap/theory.h"

#include "rfmap/error.h"
#include "rfmap/model.h"
#include "rfmap/version.h"

#include "app/commands.h"
#include "app/commands/neuron_name.h"
#include "app/options/options.h"
#include "app/text/text_output.h"
#include "app/text/theory_text.h"
#include "core/log.h"

namespace rfmap::app {
namespace {

struct TheorySettings {
  ModelFiles files;
  Texts layers, neurons;
  Format format = Format::table;
  bool positions = false;
  std::string out;
};

Options theory_options(TheorySettings& s) {
  Choice<Format> formats = kFormats;
  formats.entries.emplace_back("hdf5", Format::hdf5);
  Options own{
      option("layers", s.layers, TextList{"LIST|all", true},
             "paths of modules, names of nodes or tensors, globs; commas between, repeatable "
             "(without this option: every node that could be read)"),
      option("neuron", s.neurons, TextList{"LAYER:Y:X"},
             "the box of this neuron, with the padding and clipped; repeatable, "
             "LAYER:CHANNEL:Y:X too; counted from 0"),
      option("positions", s.positions, Flag{},
             "the boxes of all positions along each axis instead of a line per layer"),
      option("format", s.format, formats, "format of the output; hdf5 needs --out"),
      option("out", s.out, Text{"FILE"}, "write there instead of to the terminal"),
  };
  Options all =
      network_options(s.files.model, s.files.weights, s.files.input_size, s.files.input_layout);
  for (Option& o : own) all.push_back(std::move(o));
  return all;
}

/// Every node, the input first, or those named by --layers.
std::vector<Layer> layers_of(const Model& model, const Texts& patterns) {
  if (!patterns.empty()) return select_layers(model, patterns);
  std::vector<Layer> all;
  for (std::size_t i = 0; i < model.graph.nodes.size(); ++i)
    all.push_back({model.graph.nodes[i].shown(), int(i)});
  return all;
}

TheoryAnswer answer_of(const Model& model, const TheorySettings& settings) {
  TheoryAnswer answer;
  for (const std::string& text : settings.neurons) {
    NamedNeuron neuron = parse_neuron(model, text);
    neuron.box = neuron_box(model.graph, neuron.layer.node, neuron.position);
    answer.neurons.push_back(std::move(neuron));
  }
  answer.table = theory_table(model.graph, layers_of(model, settings.layers));
  answer.lost = model.unsupported;
  answer.positions = settings.positions;
  return answer;
}

/// On stderr, whatever the format.
void warn_of_assumptions(const TheoryTable& table) {
  for (const Assumed& a : table.assumed)
    log::warn("theory: operation {} ({} node{}, first '{}') is not known and counts as global: {}.",
              a.operation, a.count, a.count == 1 ? "" : "s", a.first, a.reason);
}

Attributes attributes_of(const Model& model, const TheorySettings& settings) {
  const Shape& input = model.graph.input();
  return {{"program", std::string("rfmap")},
          {"version", std::string(kVersion)},
          {"model", settings.files.model},
          {"model_sha256", model.model_sha256},
          {"weights_sha256", model.weights_sha256},
          {"input_shape", std::vector<std::int64_t>{input.c, input.h, input.w}}};
}

int run_theory(const CommandInfo& info, const Texts& args) {
  TheorySettings settings;
  const Options options = theory_options(settings);
  if (!parse_arguments(info, options, args)) return 0;
  if (settings.files.model.empty())
    throw ConfigError("option --model is missing; give the network, as in --model net.onnx");
  const bool hdf5 = settings.format == Format::hdf5;
  if (hdf5 && settings.out.empty())
    throw ConfigError("--format hdf5 needs a file to write; add --out theory.h5");
  settings.files.theory = true;
  const Model model = read_model(settings.files);
  const TheoryAnswer answer = answer_of(model, settings);
  warn_of_assumptions(answer.table);
  if (hdf5)
    write_theory(settings.out, answer.table, answer.neurons, attributes_of(model, settings));
  else
    put_text(settings.out, theory_text(answer, settings.format));
  return 0;
}

}  // namespace

Command theory_command() {
  return {{"theory", "theoretical receptive field of every layer",
           "theory --model net.onnx --input-size 224 --format csv",
           "Columns, in pixels of the network's input (y and x where the axes differ):\n"
           "  n        output size of the layer\n"
           "  jump     S, step between the fields of neighbouring neurons\n"
           "  size     r, side of the theoretical receptive field, padding included\n"
           "  padding  P: neuron u covers pixels -P + u S to -P + u S + r - 1, counted from 0\n"
           "  start    centre of the first neuron's field + 0.5, as the arithmetic guide counts\n"
           "Weights are not needed: a .prototxt alone, or an ONNX file without its data, will do.\n"
           "Operations that no engine runs are read too; one that cannot be read counts as\n"
           "global (mark ?, named on stderr).\n"},
          run_theory};
}

}  // namespace rfmap::app
