#pragma once

#include <string>
#include <vector>

#include "results/parts.h"
#include "run/jobs.h"

/// Running top K of all layers as plain tables, for parts and for other ranks.
namespace rfmap::run {

/// Of a scan that has seen no image.
std::vector<LayerPeaks> empty_peaks(const Run& run);

/// `which` is LayerPeaks::top or ::bottom, `k` its K.
results::PeakTable to_table(const std::vector<LayerPeaks>& peaks, RunningTopK LayerPeaks::*which,
                            int k);
void merge_table(const results::PeakTable& table, RunningTopK LayerPeaks::*which,
                 std::vector<LayerPeaks>& peaks);

/// As ranks give them to each other.
std::string packed(const Run& run, const std::vector<LayerPeaks>& peaks);
/// Offers what packed() holds.
void merge_packed(const Run& run, const std::string& bytes, std::vector<LayerPeaks>& peaks);

}  // namespace rfmap::run
