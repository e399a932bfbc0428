#include "rfmap/error.h"
#include "rfmap/model.h"

#include "app/commands.h"
#include "app/text_output.h"
#include "app/theory_text.h"

namespace rfmap::app {
namespace {

struct TheorySettings {
  ModelFiles files;
  Texts layers;
  Format format = Format::table;
  std::string out;
};

std::vector<Option> theory_options(TheorySettings& s) {
  return {
      option("model", s.files.model, Text{"FILE"}, "network: .onnx, or a Caffe deploy .prototxt"),
      option("weights", s.files.weights, Text{"FILE"}, "the .caffemodel of a .prototxt"),
      option("input-size", s.files.input_size, Sides{},
             "height and width of the network's input instead of the model's own"),
      option("layers", s.layers, TextList{"LIST|all", true},
             "names of nodes or tensors, globs; commas between, repeatable (without this option: "
             "every node that could be read)"),
      option("format", s.format, kFormats, "of the output"),
      option("out", s.out, Text{"FILE"}, "write there instead of to the terminal"),
  };
}

/// Every node but the input, or what --layers names.
std::vector<Layer> layers_of(const Model& model, const Texts& patterns) {
  if (!patterns.empty()) return select_layers(model, patterns, false);
  std::vector<Layer> all;
  for (std::size_t i = 1; i < model.graph.nodes.size(); ++i)
    all.push_back({model.graph.nodes[i].name, int(i)});
  return all;
}

int run(const CommandInfo& info, const Texts& args) {
  TheorySettings settings;
  const std::vector<Option> options = theory_options(settings);
  const auto given = parse_arguments(info, options, args);
  if (!given) return 0;
  set_options(*given, options);
  if (settings.files.model.empty())
    throw ConfigError("option --model is missing; give the network, as in --model net.onnx");
  const Model model = read_model(settings.files);
  put_text(settings.out, theory_text(model, layers_of(model, settings.layers), settings.format));
  return 0;
}

}  // namespace

Command theory_command() {
  return {{"theory", "theoretical receptive field of every layer",
           "theory --model net.onnx --input-size 224 --format csv",
           "Columns, in pixels of the network's input (y and x where the axes differ):\n"
           "  n        output size of the layer\n"
           "  jump     S, step between the fields of neighbouring neurons\n"
           "  size     r, side of the theoretical receptive field\n"
           "  padding  P: neuron u covers pixels -P + u S to -P + u S + r - 1, counted from 0\n"
           "  start    centre of the first neuron's field + 0.5, as the arithmetic guide counts\n"},
          run};
}

}  // namespace rfmap::app
