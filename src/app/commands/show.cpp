#include <array>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "app/commands.h"
#include "app/commands/neuron_name.h"
#include "app/options/options.h"
#include "app/output_check.h"
#include "core/unit_range.h"
#include "method/preprocessing.h"
#include "report/figures/figures.h"

namespace rfmap::app {
using namespace report;
namespace {

using figures::CropTo;

struct ShowSettings;

/// How a kind of picture is made: one of the two.
struct PictureKind {
  TileSheet (*of_results)(const ShowSettings&, const ResultsReader&) = nullptr;
  TileSheet (*of_network)(const ShowSettings&) = nullptr;
  bool operator==(const PictureKind&) const = default;
};
extern const Choice<PictureKind> kKinds;

/// What `rfmap show` was told.
struct ShowSettings {
  PictureKind what = kKinds.entries.front().second;
  std::string results, out, image;
  ModelFiles model;
  PreprocessingChoice preprocessing;
  figures::Selection selection;
  Texts neurons, units;
  std::optional<int> columns, side;
  double threshold = 0.5;
  CropTo crop_to = CropTo::measured;
};

const Choice<CropTo> kCropTo{{{"measured", CropTo::measured}, {"theory", CropTo::theory}}};

Options what_options(ShowSettings& s) {
  return {
      positional(option("RESULTS", s.results, Text{"FILE.h5"},
                        "results file of rfmap estimate; box, activations, centred and filters "
                        "need none")),
      option("what", s.what, kKinds, "the kind of picture (listed below)"),
      option("out", s.out, Text{"FILE"}, "picture to write: .png or .svg"),
      option("layers", s.selection.layers, TextList{"LIST", true},
             "layers, globs; commas between, repeatable (without this option: all of the file)"),
      option("units", s.selection.count, Integer{1, 4096},
             "number of units shown per layer, the first that respond to an image"),
      option("unit", s.units, TextList{"LIST", true},
             "the units shown instead, by channel: 3,7 or 0-15"),
      option("top", s.selection.top, Integer{1, 4096}, "images shown of each unit"),
      option("columns", s.columns, Unless{"auto", Integer{1, 64}}, "tiles in a row"),
      option("side", s.side, Unless{"auto", Integer{16, 4096}},
             "side of a tile, px of the picture"),
      option("images-root", s.selection.images_root, Text{"FOLDER"},
             "where the images of the results are now"),
      option("threshold", s.threshold, Real{0, 1},
             "segment: share of the strongest response from which a place counts"),
      option("crop-to", s.crop_to, kCropTo, "crops: size of the field that they show"),
  };
}

Options image_options(ShowSettings& s) {
  return {
      option("neuron", s.neurons, TextList{"LAYER:Y:X"},
             "box: a neuron by its location in the layer's map, repeatable"),
      option("image", s.image, Text{"FILE"},
             "the input image; FILE#INDEX is an item of an IDX or tar file"),
  };
}

Options show_options(ShowSettings& s) {
  Options all = what_options(s);
  for (Options& more : std::array{network_options(s.model.model, s.model.weights,
                                                  s.model.input_size, s.model.input_layout),
                                  image_options(s), preprocessing_options(s.preprocessing)})
    for (Option& o : more) all.push_back(std::move(o));
  return all;
}

std::string name_of(const PictureKind& kind) { return std::get<std::string>(*kKinds.value(kind)); }

void add_range(const std::string& item, std::vector<int>& units) {
  const auto range = core::parse_unit_range(item);
  if (!range) refuse("--unit", item, "expected channels counted from 0, as in 3,7 or 0-15");
  for (int u = range->first; u <= range->last; ++u) units.push_back(u);
}

Model load_model(const ShowSettings& s) {
  if (s.model.model.empty())
    throw ConfigError("--what " + name_of(s.what) +
                      " needs the network; give --model (and --weights)");
  return read_model(s.model);
}

figures::NetworkImage load_network(const ShowSettings& s) {
  figures::NetworkImage network{load_model(s), {}, {s.image}};
  if (s.image.empty())
    throw ConfigError("--what " + name_of(s.what) +
                      " needs an image; give --image FILE, or FILE#INDEX of an IDX or tar file");
  network.preprocessing = resolve(s.preprocessing);
  const Shape& input = network.model.graph.input();
  if (network.preprocessing.crop == Size{}) network.preprocessing.crop = {input.h, input.w};
  return network;
}

Layer only_layer(const Model& model, const ShowSettings& s) {
  const Texts& names = s.selection.layers;
  if (names.empty())
    throw ConfigError("--what " + name_of(s.what) + " needs one layer; give --layers NAME");
  const std::vector<Layer> layers = select_layers(model, names);
  if (layers.size() != 1)
    throw ConfigError(fmt::format("--layers names {} layers; --what {} shows one at a time",
                                  layers.size(), name_of(s.what)));
  return layers.front();
}

ChannelOrder order_of(const PreprocessingChoice& preprocessing) {
  if (preprocessing.channels) return *preprocessing.channels;
  for (const Preset& preset : presets())
    if (preset.name == preprocessing.preset) return preset.values.order;
  return ChannelOrder::rgb;
}

template <auto sheet>
TileSheet of_selection(const ShowSettings& s, const ResultsReader& results) {
  return sheet(results, s.selection);
}

TileSheet crops(const ShowSettings& s, const ResultsReader& results) {
  return figures::crops_sheet(results, s.selection, s.crop_to);
}

TileSheet segments(const ShowSettings& s, const ResultsReader& results) {
  std::optional<Model> model;
  if (!s.model.model.empty()) model = read_model(s.model);
  return figures::segment_sheet(results, s.selection, model ? &*model : nullptr, s.threshold);
}

TileSheet boxes(const ShowSettings& s) {
  if (s.neurons.empty())
    throw ConfigError("--what box needs neurons; give --neuron LAYER:Y:X, as in conv5:6:6");
  const figures::NetworkImage network = load_network(s);
  std::vector<NamedNeuron> neurons;
  for (const std::string& text : s.neurons) {
    NamedNeuron& neuron = neurons.emplace_back(parse_neuron(network.model, text));
    neuron.box = neuron_box(network.model.graph, neuron.layer.node, neuron.position);
  }
  return figures::box_sheet(network, neurons);
}

TileSheet filters(const ShowSettings& s) {
  return figures::filters_sheet(load_model(s), s.selection, order_of(s.preprocessing));
}

template <auto sheet>
TileSheet of_layer(const ShowSettings& s) {
  const figures::NetworkImage network = load_network(s);
  return sheet(network, only_layer(network.model, s), s.selection);
}

const Choice<PictureKind> kKinds{{{"fields", {of_selection<figures::fields_sheet>}},
                                  {"maps", {of_selection<figures::maps_sheet>}},
                                  {"overlay", {of_selection<figures::overlay_sheet>}},
                                  {"segment", {segments}},
                                  {"crops", {crops}},
                                  {"compare", {of_selection<figures::compare_sheet>}},
                                  {"box", {nullptr, boxes}},
                                  {"activations", {nullptr, of_layer<figures::activations_sheet>}},
                                  {"centred", {nullptr, of_layer<figures::centred_sheet>}},
                                  {"filters", {nullptr, filters}}}};

TileSheet make_sheet(const ShowSettings& s) {
  if (s.what.of_network) return s.what.of_network(s);
  require_file("results file", s.results);
  return s.what.of_results(s, ResultsReader(s.results));
}

void require_given(const CommandInfo& info, const ShowSettings& s) {
  if (s.what.of_results && s.results.empty())
    throw ConfigError("no results file given, as in rfmap " + info.example);
  if (s.what.of_network && !s.results.empty())
    throw ConfigError("--what " + name_of(s.what) +
                      " reads no results file; leave it out and give --model");
  if (s.out.empty())
    throw ConfigError("option --out is missing; give the picture's name, as in --out fields.png");
}

int run_show(const CommandInfo& info, const Texts& args) {
  ShowSettings s;
  const Options options = show_options(s);
  const auto given = parse_arguments(info, options, args);
  if (!given) return 0;
  set_options(*given, options);
  require_given(info, s);
  for (const std::string& item : s.units) add_range(item, s.selection.units);
  TileSheet sheet = make_sheet(s);
  if (s.columns) sheet.columns = *s.columns;
  if (s.side) sheet.side = *s.side;
  write_tiles(s.out, sheet);
  return 0;
}

constexpr const char* kNotes =
    "Kinds of pictures. From a results file:\n"
    "  fields       contact sheet of mean receptive fields\n"
    "  maps         each image's recentred discrepancy map beside their mean (--keep-maps)\n"
    "  overlay      discrepancy maps over their images (--keep-maps)\n"
    "  segment      images seen through the unit's field; with --model wherever it responds\n"
    "  crops        images cropped to the field, aligned\n"
    "  compare      mean fields of several units at one scale\n"
    "From a network:\n"
    "  box          theoretical fields of neurons over an image (--neuron, --image)\n"
    "  activations  maps of a layer's units for an image (--layers, --image)\n"
    "  centred      the same in the image's frame, each feature at the centre of its field\n"
    "  filters      weights of a convolution that sees pixels\n";

}  // namespace

Command show_command() {
  return {{"show", "pictures of receptive fields, maps, images and filters",
           "show fields.h5 --out fields.png", kNotes},
          run_show};
}

}  // namespace rfmap::app
