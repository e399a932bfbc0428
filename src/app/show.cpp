#include <algorithm>
#include <array>

#include "rfmap/error.h"

#include "app/commands.h"
#include "app/output_check.h"
#include "app/show_settings.h"

namespace rfmap::app {
namespace {

const Choice<ShowKind> kKinds{{{"fields", ShowKind::fields},
                               {"maps", ShowKind::maps},
                               {"overlay", ShowKind::overlay},
                               {"segment", ShowKind::segment},
                               {"crops", ShowKind::crops},
                               {"compare", ShowKind::compare},
                               {"box", ShowKind::box},
                               {"activations", ShowKind::activations},
                               {"centred", ShowKind::centred},
                               {"filters", ShowKind::filters}}};
const Choice<CropTo> kCropTo{{{"measured", CropTo::measured}, {"theory", CropTo::theory}}};

Options what_options(ShowSettings& s) {
  return {
      positional(option("RESULTS", s.results, Text{"FILE.h5"},
                        "results file of rfmap estimate; box, activations, centred and filters "
                        "need none")),
      option("what", s.what, kKinds, "the kind of picture (listed below)"),
      option("out", s.out, Text{"FILE"}, "picture to write: .png, or .svg (not for fields)"),
      option("layers", s.layers, TextList{"LIST", true},
             "layers, globs; commas between, repeatable (without this option: all of the file)"),
      option("units", s.units, Integer{1, 4096},
             "number of units shown per layer, the first that respond to an image"),
      option("unit", s.unit_list, TextList{"LIST", true},
             "the units shown instead, by channel: 3,7 or 0-15"),
      option("top", s.top, Integer{1, 4096}, "images shown of each unit"),
      option("columns", s.columns, Integer{1, 64}, "tiles in a row"),
      option("side", s.side, Unless{"auto", Integer{16, 4096}},
             "side of a tile, px of the picture"),
      option("images-root", s.images_root, Text{"FOLDER"},
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
             "the input image; FILE#INDEX is an item of an IDX file"),
  };
}

Options show_options(ShowSettings& s) {
  Options all = what_options(s);
  for (Options& more :
       std::array{network_options(s.model.model, s.model.weights, s.model.input_size),
                  image_options(s), preprocessing_options(s.preprocessing)})
    for (Option& o : more) all.push_back(std::move(o));
  return all;
}

bool needs_results(ShowKind kind) { return kind < ShowKind::box; }

TileSheet sheet_of_results(const ShowSettings& s, const ResultsReader& results) {
  switch (s.what) {
    case ShowKind::maps:
      return show_maps(results, s);
    case ShowKind::overlay:
      return show_overlay(results, s);
    case ShowKind::segment:
      return show_segment(results, s);
    case ShowKind::crops:
      return show_crops(results, s);
    default:
      return show_compare(results, s);
  }
}

TileSheet sheet_of_network(const ShowSettings& s) {
  switch (s.what) {
    case ShowKind::box:
      return show_box(s);
    case ShowKind::activations:
      return show_activations(s);
    case ShowKind::centred:
      return show_centred(s);
    default:
      return show_filters(s);
  }
}

void require_given(const CommandInfo& info, const ShowSettings& s) {
  if (needs_results(s.what) && s.results.empty())
    throw ConfigError("no results file given, as in rfmap " + info.example);
  if (!needs_results(s.what) && !s.results.empty())
    throw ConfigError("--what " + show_kind_name(s.what) +
                      " reads no results file; leave it out and give --model");
  if (s.out.empty())
    throw ConfigError("option --out is missing; give the picture's name, as in --out fields.png");
  if (s.what == ShowKind::fields && !s.out.ends_with(".png"))
    throw ConfigError("--out " + s.out +
                      ": fields are written as PNG; give a name that ends in .png (--what compare "
                      "can be an SVG)");
}

void write_sheet(TileSheet sheet, const ShowSettings& s, bool columns_given) {
  if (columns_given || s.what == ShowKind::filters) sheet.columns = s.columns;
  if (s.side) sheet.side = *s.side;
  write_tiles(s.out, sheet);
}

int run(const CommandInfo& info, const Texts& args) {
  ShowSettings s;
  const Options options = show_options(s);
  const auto given = parse_arguments(info, options, args);
  if (!given) return 0;
  set_options(*given, options);
  require_given(info, s);
  if (!needs_results(s.what)) {
    write_sheet(sheet_of_network(s), s, given->contains("columns"));
    return 0;
  }
  require_file("results file", s.results);
  const ResultsReader results(s.results);
  if (s.what == ShowKind::fields)
    write_fields(results, s);
  else
    write_sheet(sheet_of_results(s, results), s, given->contains("columns"));
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

std::string show_kind_name(ShowKind kind) {
  for (const auto& [name, k] : kKinds.entries)
    if (k == kind) return name;
  return "";
}

Command show_command() {
  return {{"show", "pictures of receptive fields, maps, images and filters",
           "show fields.h5 --out fields.png", kNotes},
          run};
}

}  // namespace rfmap::app
