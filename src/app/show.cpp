#include <algorithm>

#include <fmt/format.h>
#include <fnmatch.h>

#include "rfmap/error.h"
#include "rfmap/picture.h"
#include "rfmap/results.h"

#include "app/codecs.h"
#include "app/commands.h"
#include "app/output_check.h"

namespace rfmap::app {
namespace {

struct ShowSettings {
  std::string results, out;
  Texts layers;
  int units = 8;
  int columns = 8;
};

std::vector<Option> show_options(ShowSettings& s) {
  return {
      positional(option("RESULTS", s.results, Text{"FILE.h5"}, "results file of rfmap estimate")),
      option("out", s.out, Text{"FILE.png"}, "picture to write"),
      option("layers", s.layers, TextList{"LIST", true},
             "layers of the file, globs; commas between, repeatable (without this option: all)"),
      option("units", s.units, Integer{1, 4096}, "units shown of each layer, the first that fired"),
      option("columns", s.columns, Integer{1, 64}, "fields in a row"),
  };
}

bool matches(const std::string& name, const Texts& patterns) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) {
           return fnmatch(p.c_str(), name.c_str(), 0) == 0;
         });
}

FieldPicture picture_of(const LayerRecord& layer, int index, const UnitRecord& unit, double cut) {
  FieldPicture picture;
  picture.layer = layer.name;
  picture.label = fmt::format("unit {}", layer.units[index]);
  picture.shape = {layer.canvas.height, layer.canvas.width};
  picture.mean = unit.field.mean;
  picture.theoretical_h = layer.field.y.size();
  picture.theoretical_w = layer.field.x.size();
  picture.size = unit.field.size;
  picture.cut = cut;
  return picture;
}

/// The cut of the run's size rule; 0.1 in files that do not say.
double cut_of(const ResultsReader& results) {
  const Attribute* cut = find_attribute(results.run().attributes, "size-cut");
  const double* value = cut ? std::get_if<double>(cut) : nullptr;
  return value ? *value : 0.1;
}

std::vector<FieldPicture> pick_fields(const ResultsReader& results, const ShowSettings& s) {
  std::vector<FieldPicture> pictures;
  for (int l = 0; l < int(results.layers().size()); ++l) {
    const LayerRecord& layer = results.layers()[l];
    if (!matches(layer.name, s.layers)) continue;
    int shown = 0;
    for (int u = 0; u < int(layer.units.size()) && shown < s.units; ++u) {
      const UnitRecord unit = results.unit(l, u, false);
      if (unit.peaks.empty()) continue;
      pictures.push_back(picture_of(layer, u, unit, cut_of(results)));
      ++shown;
    }
  }
  return pictures;
}

int run(const CommandInfo& info, const Texts& args) {
  ShowSettings settings;
  const std::vector<Option> options = show_options(settings);
  const auto given = parse_arguments(info, options, args);
  if (!given) return 0;
  set_options(*given, options);
  if (settings.results.empty())
    throw ConfigError("no results file given, as in rfmap " + info.example);
  if (settings.out.empty())
    throw ConfigError("option --out is missing; give the picture's name, as in --out fields.png");
  require_file("results file", settings.results);
  const ResultsReader results(settings.results);
  const std::vector<FieldPicture> pictures = pick_fields(results, settings);
  if (pictures.empty())
    throw ConfigError("--layers: no measured unit of " + settings.results +
                      " matches; rfmap summary lists its layers");
  write_fields_png(settings.out, pictures, settings.columns);
  return 0;
}

}  // namespace

Command show_command() {
  return {{"show", "picture of measured receptive fields", "show fields.h5 --out fields.png", ""},
          run};
}

}  // namespace rfmap::app
