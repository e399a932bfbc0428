#include "rfmap/report.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "report/html.h"
#include "report/indexed_png.h"
#include "report/pages.h"
#include "report/write.h"

namespace rfmap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCardShots = 4;
constexpr double kLeastCrop = 8;  // px

/// Name of the model's file without folder and ending.
std::string title_of(const RunRecord& run) {
  const fs::path model = recorded_text(run.attributes, "model", "network");
  return model.stem().empty() ? "network" : model.stem().string();
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

std::vector<std::uint8_t> field_png(const UnitView& view, const Canvas& canvas) {
  Opacities opacities;
  opacities.fill(255);
  opacities[0] = 0;
  const cv::Mat indices = indices_of(view.record.field.mean, {canvas.width, canvas.height}, 0,
                                     std::max(view.map.peak, 1e-30f));
  return indexed_png(indices, indexed(viridis()), opacities);
}

/// Both ends of the diverging colours, more opaque the larger the change.
std::vector<std::uint8_t> maps_png(const UnitRecord& unit, const Grid& grid) {
  Palette colours;
  Opacities opacities;
  for (int i = 0; i < 256; ++i) {
    const double t = (i - 128) / 127.0;
    colours[std::size_t(i)] = oklch(0.58, 0.19, t < 0 ? 255 : 42);
    opacities[std::size_t(i)] = std::uint8_t(std::lround(235 * std::min(1.0, std::fabs(t))));
  }
  cv::Mat tiles(0, grid.count.w, CV_8U);
  for (std::size_t r = 0; r < unit.peaks.size(); ++r) {
    const auto map = std::span(unit.change).subspan(r * grid.positions(), grid.positions());
    float most = 0;
    for (const float v : map) most = std::max(most, std::fabs(v));
    tiles.push_back(indices_of(map, {grid.count.w, grid.count.h}, -most, most));
  }
  return indexed_png(tiles, colours, opacities);
}

class Report {
 public:
  Report(const ReportOptions& options, const fs::path& folder, Source source)
      : options_(options), folder_(folder), source_(std::move(source)) {}

  std::vector<std::vector<UnitCard>> write_layers(int threads);
  void write_front(const std::vector<std::vector<UnitCard>>& cards);

 private:
  UnitCard write_unit(int layer, int index);
  UnitView make_view(int layer, UnitRecord record, int unit);
  void write_pictures(int layer, UnitView& view);

  const ReportOptions& options_;
  fs::path folder_;
  Source source_;
  std::mutex reading_;  ///< HDF5 knows one thread
};

UnitView Report::make_view(int layer, UnitRecord record, int unit) {
  const LayerRecord& l = source_.results.layers()[std::size_t(layer)];
  UnitView view;
  view.unit = unit;
  view.page = page_name(unit);
  view.record = std::move(record);
  if (view.record.peaks.empty()) return view;
  const AggregateRules& rules = source_.recorded.rules;
  view.map = counted_mean(view.record, rules.border);
  if (view.map.peak > 0)
    view.cut =
        outline(view.map.values, {l.canvas.width, l.canvas.height}, rules.size_cut * view.map.peak);
  const int shown = source_.top > 0 ? std::min(source_.top, int(view.record.peaks.size()))
                                    : int(view.record.peaks.size());
  for (int r = 0; r < shown; ++r) view.shots.push_back(make_shot(source_, l, view.record, r));
  view.crop_side = view.shots.front().crop.side;
  return view;
}

void Report::write_pictures(int layer, UnitView& view) {
  const fs::path folder = folder_ / source_.folders[std::size_t(layer)];
  view.field_file = fmt::format("field-{}.png", view.unit);
  put_bytes(folder / view.field_file,
            field_png(view, source_.results.layers()[std::size_t(layer)].canvas));
  if (view.record.change.empty()) return;
  view.maps_file = fmt::format("maps-{}.png", view.unit);
  put_bytes(folder / view.maps_file, maps_png(view.record, source_.results.run().grid));
}

UnitCard Report::write_unit(int layer, int index) {
  if (options_.stop && *options_.stop) throw Interrupted("interrupted; no report was written");
  const std::vector<int>& units = source_.results.layers()[std::size_t(layer)].units;
  UnitRecord record;
  {
    const std::lock_guard lock(reading_);
    record = source_.results.unit(layer, index, false);
  }
  UnitView view = make_view(layer, std::move(record), units[std::size_t(index)]);
  if (!view.record.peaks.empty()) write_pictures(layer, view);
  const auto neighbour = [&](int i) {
    return i < 0 || i >= int(units.size()) ? "" : page_name(units[std::size_t(i)]);
  };
  put_page(folder_ / source_.folders[std::size_t(layer)] / view.page,
           unit_page(source_, layer, view, {neighbour(index - 1), neighbour(index + 1)}));
  const UnitField& f = view.record.field;
  UnitCard card{view.unit, view.page,           view.field_file, f.size,
                NAN,       f.sizes.gaussian.r2, f.truncated};
  if (!view.shots.empty()) card.activation = view.shots.front().activation;
  view.shots.resize(std::min(kCardShots, view.shots.size()));
  card.shots = std::move(view.shots);
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
  const int threads =
      options.threads > 0 ? options.threads : std::max(1, int(std::thread::hardware_concurrency()));
  const auto cards = report.write_layers(threads);
  report.write_front(cards);
  folder.commit();
  ReportOutcome outcome{int(cards.size()), 0, images.written(), images.missing()};
  for (const auto& layer : cards) outcome.units += int(layer.size());
  return outcome;
}

}  // namespace rfmap
