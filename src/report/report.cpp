#include "rfmap/report.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/parallel.h"
#include "report/html.h"
#include "report/pages.h"
#include "report/write.h"

namespace rfmap {
using namespace report;
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCardShots = 4;
constexpr double kLeastCrop = 8;             // px
constexpr std::size_t kLongestFolder = 100;  // bytes of a layer in it: file systems take 255

/// Name of the model's file without folder and ending.
std::string title_of(const RunRecord& run) {
  const fs::path model = recorded_text(run.attributes, "model", "network");
  const std::string name = model.stem().empty() ? "network" : model.stem().string();
  const bool control = recorded_text(run.attributes, "weights-control") == "shuffle";
  return control ? name + ", weights shuffled" : name;
}

std::vector<std::string> layer_folders(const std::vector<LayerRecord>& layers) {
  std::vector<std::string> folders;
  for (const LayerRecord& layer : layers)
    folders.push_back(
        fmt::format("layers/{:02}-{}", folders.size(), slug(layer.name).substr(0, kLongestFolder)));
  return folders;
}

/// The part of the input that holds the field at the cut, about the neuron's centre.
Window crop_window(const UnitRecord& unit, const Centre& centre) {
  const auto& b = unit.field.sizes.box;  // y0, x0, y1, x1
  if (!std::isfinite(b[0]))
    return {centre.x + 0.5 - kLeastCrop / 2, centre.y + 0.5 - kLeastCrop / 2, kLeastCrop};
  const double side = std::max({kLeastCrop, b[2] - b[0] + 1.0, b[3] - b[1] + 1.0});
  return {centre.x + 0.5 + (b[1] + b[3]) / 2 - side / 2,
          centre.y + 0.5 + (b[0] + b[2]) / 2 - side / 2, side};
}

Shot make_shot(const Source& source, const LayerRecord& layer, const UnitRecord& unit, int rank) {
  const Peak& peak = unit.peaks[rank];
  const Centre centre = field_centre(layer.field, peak.location);
  return {peak,
          source.results.run().images.at(peak.image),
          rank,
          source.images.need(peak.image),
          unit.field.rank_size[rank],
          centre,
          crop_window(unit, centre)};
}

class Report {
 public:
  Report(const ReportOptions& options, const fs::path& folder, Source source)
      : options_(options), folder_(folder), source_(std::move(source)) {}

  std::vector<std::vector<UnitCard>> write_layers(int threads);
  void write_front(const std::vector<std::vector<UnitCard>>& cards);

 private:
  UnitCard write_unit(int layer, int index);
  UnitView read_unit(int layer, int index);
  UnitSide make_side(int layer, int unit, UnitRecord record, Ranking ranking);
  void write_pictures(int layer, int unit, UnitSide& side);

  const ReportOptions& options_;
  fs::path folder_;
  Source source_;
  std::mutex reading_;  ///< HDF5 knows one thread
};

UnitSide Report::make_side(int layer, int unit, UnitRecord record, Ranking ranking) {
  const LayerRecord& l = source_.results.layers()[layer];
  UnitSide side;
  side.ranking = ranking;
  side.record = std::move(record);
  if (side.record.peaks.empty()) return side;
  const AggregateRules& rules = source_.recorded().method.rules;
  side.field = figures::field_figure(counted_mean(side.record, rules.border),
                                     side.record.field.mean, l.canvas, rules);
  const int all = int(side.record.peaks.size());
  const int shown = std::min(source_.top.value_or(all), all);
  for (int r = 0; r < shown; ++r) side.shots.push_back(make_shot(source_, l, side.record, r));
  side.crop_side = crop_window(side.record, {}).side;
  write_pictures(layer, unit, side);
  return side;
}

void Report::write_pictures(int layer, int unit, UnitSide& side) {
  const Canvas& canvas = source_.results.layers()[layer].canvas;
  const fs::path folder = folder_ / source_.folders[layer];
  const std::string ending = fmt::format("{}{}.png", side.lowest() ? "lowest-" : "", unit);
  side.field_file = "field-" + ending;
  put_bytes(folder / side.field_file, figures::map_png(side.field.map));
  if (const auto& gradient = side.record.gradient) {
    side.gradient =
        figures::gradient_figure(*gradient, canvas, source_.recorded().method.rules.size_cut);
    side.gradient_file = "gradient-" + ending;
    put_bytes(folder / side.gradient_file, figures::map_png(side.gradient.map));
  }
  if (side.record.change.empty()) return;
  side.maps_file = "maps-" + ending;
  put_bytes(folder / side.maps_file, figures::maps_png(side.record, source_.results.run().grid));
}

UnitView Report::read_unit(int layer, int index) {
  const LayerRecord& l = source_.results.layers()[layer];
  const int unit = l.units[index];
  UnitRecord top;
  std::optional<UnitRecord> bottom;
  {
    const std::lock_guard lock(reading_);
    top = source_.results.unit(layer, index, Ranking::top);
    if (l.bottom_k > 0) bottom = source_.results.unit(layer, index, Ranking::bottom);
  }
  UnitView view{unit, make_side(layer, unit, std::move(top), Ranking::top), {}};
  if (bottom) view.bottom = make_side(layer, unit, std::move(*bottom), Ranking::bottom);
  return view;
}

UnitCard Report::write_unit(int layer, int index) {
  if (options_.stop && options_.stop()) throw Interrupted("interrupted; no report was written");
  const std::vector<int>& units = source_.results.layers()[layer].units;
  UnitView view = read_unit(layer, index);
  const auto neighbour = [&](int i) {
    return i < 0 || i >= int(units.size()) ? "" : page_name(units[i]);
  };
  put_page(folder_ / source_.folders[layer] / page_name(view.unit),
           unit_page(source_, layer, view, {neighbour(index - 1), neighbour(index + 1)}));
  UnitSide& top = view.top;
  const double activation = top.shots.empty() ? NAN : top.shots.front().peak.activation;
  top.shots.resize(std::min(kCardShots, top.shots.size()));
  const UnitField& f = top.record.field;
  return {view.unit,
          top.field_file,
          f.size,
          f.equivalent,
          activation,
          f.sizes.gaussian.r2,
          f.truncated,
          std::move(top.shots),
          sizes_by_cut(counted_mean(top.record, source_.recorded().method.rules.border))};
}

std::vector<std::vector<UnitCard>> Report::write_layers(int threads) {
  std::vector<std::vector<UnitCard>> cards;
  for (int l = 0; l < int(source_.folders.size()); ++l) {
    const fs::path folder = folder_ / source_.folders[l];
    fs::create_directories(folder);
    std::vector<UnitCard>& layer = cards.emplace_back(source_.results.layers()[l].units.size());
    core::in_parallel(int(layer.size()), threads, [&](int i) { layer[i] = write_unit(l, i); });
    put_page(folder / "index.html", layer_page(source_, l, layer));
  }
  return cards;
}

void Report::write_front(const std::vector<std::vector<UnitCard>>& cards) {
  put_page(folder_ / "assets/style.css", style_sheet());
  put_page(folder_ / "assets/report.js", script());
  put_page(folder_ / "method.html", method_page(source_));
  put_page(folder_ / "index.html", overview_page(source_, cards));
}

}  // namespace

ReportOutcome write_report(const ReportOptions& options) {
  const ResultsReader results(options.results);
  const std::vector<SummaryRow> summary = summarize(options.results);
  ResultImages found(results.run(), options.images_root);
  PendingFolder folder(options.out, options.overwrite);
  fs::create_directories(folder.part() / "images");
  ImageStore images(std::move(found), folder.part());
  Report report(options, folder.part(),
                {results, summary, title_of(results.run()), layer_folders(results.layers()), images,
                 options.top});
  const auto cards = report.write_layers(core::thread_count(options.threads));
  report.write_front(cards);
  folder.commit();
  ReportOutcome outcome{int(cards.size()), 0, images.written(), images.missing()};
  for (const auto& layer : cards) outcome.units += int(layer.size());
  return outcome;
}

}  // namespace rfmap
