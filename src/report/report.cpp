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
constexpr double kLeastCrop = 8;  // px

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
    folders.push_back(fmt::format("layers/{:02}-{}", folders.size(), slug(layer.name)));
  return folders;
}

std::string page_name(int unit) { return fmt::format("unit-{}.html", unit); }

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
  const Peak& peak = unit.peaks[std::size_t(rank)];
  const ImageRef& image = source.results.run().images.at(std::size_t(peak.image));
  Shot shot;
  shot.image = peak.image;
  shot.rank = rank;
  shot.there = source.images.need(peak.image);
  shot.name = short_name(image);
  shot.path = image.path;
  shot.activation = peak.activation;
  shot.size = unit.field.rank_size[std::size_t(rank)];
  shot.location = peak.location;
  shot.centre = field_centre(layer.field, peak.location);
  shot.crop = crop_window(unit, shot.centre);
  return shot;
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
  UnitSide make_side(int layer, UnitRecord record, Ranking ranking);
  void write_pictures(int layer, int unit, UnitSide& side);

  const ReportOptions& options_;
  fs::path folder_;
  Source source_;
  std::mutex reading_;  ///< HDF5 knows one thread
};

UnitSide Report::make_side(int layer, UnitRecord record, Ranking ranking) {
  const LayerRecord& l = source_.results.layers()[std::size_t(layer)];
  UnitSide side;
  side.ranking = ranking;
  side.record = std::move(record);
  if (side.record.peaks.empty()) return side;
  const AggregateRules& rules = source_.recorded.method.rules;
  side.field = figures::field_figure(counted_mean(side.record, rules.border),
                                     side.record.field.mean, l.canvas, rules);
  const int all = int(side.record.peaks.size());
  const int shown = std::min(source_.top.value_or(all), all);
  for (int r = 0; r < shown; ++r) side.shots.push_back(make_shot(source_, l, side.record, r));
  side.crop_side = side.shots.front().crop.side;
  return side;
}

void Report::write_pictures(int layer, int unit, UnitSide& side) {
  if (side.record.peaks.empty()) return;
  const Canvas& canvas = source_.results.layers()[std::size_t(layer)].canvas;
  const fs::path folder = folder_ / source_.folders[std::size_t(layer)];
  const std::string ending = fmt::format("{}{}.png", side.lowest() ? "lowest-" : "", unit);
  side.field_file = "field-" + ending;
  put_bytes(folder / side.field_file, figures::map_png(side.field.map));
  if (const auto& gradient = side.record.gradient) {
    side.gradient =
        figures::gradient_figure(*gradient, canvas, source_.recorded.method.rules.size_cut);
    side.gradient_file = "gradient-" + ending;
    put_bytes(folder / side.gradient_file, figures::map_png(side.gradient.map));
  }
  if (side.record.change.empty()) return;
  side.maps_file = "maps-" + ending;
  put_bytes(folder / side.maps_file, figures::maps_png(side.record, source_.results.run().grid));
}

UnitView Report::read_unit(int layer, int index) {
  const LayerRecord& l = source_.results.layers()[std::size_t(layer)];
  UnitRecord top;
  std::optional<UnitRecord> bottom;
  {
    const std::lock_guard lock(reading_);
    top = source_.results.unit(layer, index, Ranking::top);
    if (l.bottom_k > 0) bottom = source_.results.unit(layer, index, Ranking::bottom);
  }
  UnitView view;
  view.unit = l.units[std::size_t(index)];
  view.page = page_name(view.unit);
  view.top = make_side(layer, std::move(top), Ranking::top);
  if (bottom) view.bottom = make_side(layer, std::move(*bottom), Ranking::bottom);
  return view;
}

UnitCard Report::write_unit(int layer, int index) {
  if (options_.stop && options_.stop()) throw Interrupted("interrupted; no report was written");
  const std::vector<int>& units = source_.results.layers()[std::size_t(layer)].units;
  UnitView view = read_unit(layer, index);
  write_pictures(layer, view.unit, view.top);
  if (view.bottom) write_pictures(layer, view.unit, *view.bottom);
  const auto neighbour = [&](int i) {
    return i < 0 || i >= int(units.size()) ? "" : page_name(units[std::size_t(i)]);
  };
  put_page(folder_ / source_.folders[std::size_t(layer)] / view.page,
           unit_page(source_, layer, view, {neighbour(index - 1), neighbour(index + 1)}));
  UnitSide& top = view.top;
  const UnitField& f = top.record.field;
  UnitCard card{view.unit,    view.page, top.field_file,      f.size,
                f.equivalent, NAN,       f.sizes.gaussian.r2, f.truncated};
  card.cut_sizes = sizes_by_cut(counted_mean(top.record, source_.recorded.method.rules.border));
  if (!top.shots.empty()) card.activation = top.shots.front().activation;
  top.shots.resize(std::min(kCardShots, top.shots.size()));
  card.shots = std::move(top.shots);
  return card;
}

std::vector<std::vector<UnitCard>> Report::write_layers(int threads) {
  std::vector<std::vector<UnitCard>> cards;
  for (int l = 0; l < int(source_.folders.size()); ++l) {
    const fs::path folder = folder_ / source_.folders[std::size_t(l)];
    fs::create_directories(folder);
    std::vector<UnitCard>& layer =
        cards.emplace_back(source_.results.layers()[std::size_t(l)].units.size());
    in_parallel(int(layer.size()), threads,
                [&](int i) { layer[std::size_t(i)] = write_unit(l, i); });
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
  const Recorded rec = recorded(results.run());
  PendingFolder folder(options.out, options.overwrite);
  fs::create_directories(folder.part() / "images");
  const RunRecord& run = results.run();
  ImageStore images(run.images, Relocation(run.images, options.images_root), rec.preprocessing,
                    rec.channels, folder.part());
  Report report(
      options, folder.part(),
      {results, summary, rec, title_of(run), layer_folders(results.layers()), images, options.top});
  const auto cards = report.write_layers(thread_count(options.threads));
  report.write_front(cards);
  folder.commit();
  ReportOutcome outcome{int(cards.size()), 0, images.written(), images.missing()};
  for (const auto& layer : cards) outcome.units += int(layer.size());
  return outcome;
}

}  // namespace rfmap
