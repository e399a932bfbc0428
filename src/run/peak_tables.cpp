#include "run/peak_tables.h"

#include <span>

#include "ranks/bytes.h"

namespace rfmap::run {
using namespace results;

std::vector<LayerPeaks> empty_peaks(const Run& run) {
  std::vector<LayerPeaks> peaks;
  for (const MeasuredLayer& layer : run.layers) {
    const int units = int(layer.units.size());
    peaks.push_back({RunningTopK(units, run.method.top_k, Ranking::top),
                     RunningTopK(units, run.method.bottom_k, Ranking::bottom)});
  }
  return peaks;
}

PeakTable to_table(const std::vector<LayerPeaks>& peaks, RunningTopK LayerPeaks::*which, int k) {
  PeakTable table{0, k, {}};
  for (const LayerPeaks& layer : peaks)
    for (int u = 0; u < (layer.*which).units(); ++u, ++table.units) {
      const std::span<const Peak> best = (layer.*which).of(u);
      table.peaks.insert(table.peaks.end(), best.begin(), best.end());
      table.peaks.resize(std::size_t(table.units + 1) * k);
    }
  return table;
}

void merge_table(const PeakTable& table, RunningTopK LayerPeaks::*which,
                 std::vector<LayerPeaks>& peaks) {
  std::size_t next = 0;
  for (LayerPeaks& layer : peaks)
    for (int u = 0; u < (layer.*which).units(); ++u)
      for (int r = 0; r < table.k; ++r)
        if (const Peak& peak = table.peaks[next++]; peak.image >= 0) (layer.*which).offer(u, peak);
}

std::string packed(const Run& run, const std::vector<LayerPeaks>& peaks) {
  return ranks::bytes_of(to_table(peaks, &LayerPeaks::top, run.method.top_k).peaks) +
         ranks::bytes_of(to_table(peaks, &LayerPeaks::bottom, run.method.bottom_k).peaks);
}

void merge_packed(const Run& run, const std::string& bytes, std::vector<LayerPeaks>& peaks) {
  int units = 0;
  for (const LayerPeaks& layer : peaks) units += layer.top.units();
  const std::vector<Peak> all = ranks::values_in<Peak>(bytes);
  const auto middle = all.begin() + std::ptrdiff_t(units) * run.method.top_k;
  merge_table({units, run.method.top_k, {all.begin(), middle}}, &LayerPeaks::top, peaks);
  merge_table({units, run.method.bottom_k, {middle, all.end()}}, &LayerPeaks::bottom, peaks);
}

}  // namespace rfmap::run
