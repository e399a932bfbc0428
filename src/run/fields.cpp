#include "run/fields.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "rfmap/error.h"

#include "io/ordered_pool.h"
#include "run/gradient_fields.h"
#include "run/phase_progress.h"

namespace rfmap::run {
namespace {

/// Rows of `maps`, one a peak, with the centres of their locations.
std::vector<ChangeMap> rows_of(const Section& s, const std::vector<Peak>& peaks,
                               std::span<const float> maps) {
  std::vector<ChangeMap> rows;
  for (std::size_t r = 0; r < peaks.size(); ++r) {
    const std::size_t length = maps.size() / peaks.size();
    rows.push_back({maps.subspan(r * length, length), response_centre(s.layer.field, peaks[r]),
                    s.run.image_clusters.at(std::size_t(peaks[r].image))});
  }
  return rows;
}

/// The change of a bottom unit is negated so that `drop` is a rise towards 0.
void aggregate(const Section& s, int unit, UnitMaps& maps) {
  UnitRecord& record = maps.record;
  std::vector<float> change = record.change;
  if (s.ranking == Ranking::bottom)
    for (float& v : change) v = -v;
  record.field = aggregate_unit(rows_of(s, record.peaks, change), s.run.grid, s.layer.canvas,
                                s.rules, {s.seed, s.layer.units[unit]});
  if (!s.run.with_gradient) return;
  std::vector<float> mean = record.gradient
                                ? std::move(record.gradient->mean)
                                : mean_gradient(rows_of(s, record.peaks, maps.gradients),
                                                s.run.grid.input, s.layer.canvas);
  record.gradient = measure_gradient_field(std::move(mean), record.field, s.layer.canvas,
                                           s.run.occluder, s.rules);
}

/// Ids of the pairs of each of a layer's units.
std::vector<std::vector<int>> by_unit(const std::vector<Pair>& pairs, int layer, Ranking ranking,
                                      std::size_t units) {
  std::vector<std::vector<int>> ids(units);
  for (int id = 0; id < int(pairs.size()); ++id)
    if (pairs[id].layer == layer && pairs[id].ranking == ranking) ids[pairs[id].unit].push_back(id);
  return ids;
}

UnitMaps read_maps(const Run& run, const std::vector<Pair>& pairs, const std::vector<int>& ids,
                   Maps& maps) {
  UnitMaps unit;
  const std::size_t positions = run.grid.positions(), area = run.input().area();
  unit.record.change.resize(ids.size() * positions);
  if (run.method.with_gradient) unit.gradients.resize(ids.size() * area);
  for (std::size_t r = 0; r < ids.size(); ++r) {
    const auto row = std::span(unit.record.change).subspan(r * positions, positions);
    unit.record.noise_floor = std::max(unit.record.noise_floor, maps.changes.read(ids[r], row));
    unit.record.peaks.push_back(pairs[ids[r]].peak);
    if (run.method.with_gradient)
      maps.gradients.read(ids[r], std::span(unit.gradients).subspan(r * area, area));
  }
  return unit;
}

/// A file that somebody put there during the run is not lost.
void require_free(const Output& output) {
  if (!output.overwrite && std::filesystem::exists(output.path))
    throw ConfigError("--out " + output.path +
                      " has appeared during the run; move it away and repeat the command with "
                      "--resume");
}

}  // namespace

/// Units are read one at a time, averaged on several threads, and written in order by this one.
/// HDF5 knows one thread: reading and writing take turns.
void write_section(const Section& s, const std::function<UnitMaps(int unit)>& read,
                   ResultsWriter& writer, const std::function<void(int units)>& done) {
  const int units = int(s.layer.units.size());
  std::mutex hdf5;
  const auto average = [&](int unit) {
    std::unique_lock lock(hdf5);
    UnitMaps maps = read(unit);
    lock.unlock();
    aggregate(s, unit, maps);
    return maps;
  };
  const int ahead = 2 * s.threads;
  io::OrderedPool<UnitMaps> averaged(units, s.threads, ahead, average);
  for (int unit = 0; unit < units; ++unit) {
    stop_if_asked(s.hooks, "interrupted while the fields were averaged");
    const std::optional<UnitMaps> whole = averaged.next();
    {
      const std::lock_guard lock(hdf5);
      writer.write_unit(unit, whole->record, s.ranking);
    }
    if (done) done(1);
  }
}

void write_results(const Run& run, const std::vector<Pair>& pairs, Maps& maps,
                   const RunRecord& record) {
  std::vector<Ranking> rankings{Ranking::top};
  if (run.method.bottom_k > 0) rankings.push_back(Ranking::bottom);
  std::size_t units = 0;
  for (const MeasuredLayer& layer : run.layers) units += layer.units.size() * rankings.size();
  PhaseProgress progress(run.hooks, "average", "units", std::int64_t(units));
  ResultsWriter writer(run.output.path, record);
  for (int l = 0; l < int(run.layers.size()); ++l) {
    const MeasuredLayer& measured = run.layers[l];
    LayerRecord layer = measured;
    layer.size_flat = size_flat(typical_size(layer.field, layer.map), run.grid, run.method.rules);
    writer.begin_layer(layer);
    for (const Ranking ranking : rankings) {
      const auto ids = by_unit(pairs, l, ranking, layer.units.size());
      const auto read = [&](int unit) {
        UnitMaps whole = read_maps(run, pairs, ids[unit], maps);
        whole.record.rf_size = measured.unit_rf_size[unit];
        return whole;
      };
      write_section(
          {record, layer, ranking, run.method.rules, run.method.seed, run.threads, run.hooks}, read,
          writer, [&](int count) { progress.advance(count); });
    }
    writer.end_layer();
  }
  require_free(run.output);
  writer.finish();
}

}  // namespace rfmap::run
