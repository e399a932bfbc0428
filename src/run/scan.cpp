#include "run/scan.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "results/parts.h"
#include "run/phase_progress.h"
#include "run/pipeline.h"
#include "run/shards.h"
#include "run/work_list.h"

namespace rfmap::run {
using namespace plan;
using namespace results;
namespace {

std::vector<LayerPeaks> empty_peaks(const Run& run) {
  std::vector<LayerPeaks> peaks;
  for (const MeasuredLayer& layer : run.layers) {
    const int units = int(layer.units.size());
    peaks.push_back({RunningTopK(units, run.method.top_k, Ranking::top),
                     RunningTopK(units, run.method.bottom_k, Ranking::bottom)});
  }
  return peaks;
}

/// Positions that tie are recentred on their mean where they are neighbours, as overlapping pooling
/// makes them: then one of them is within half a cell of it. Apart, they have no place between.
Peak peak_of(int image, const Extremum& e, Recentre recentre) {
  Peak peak{image, e.value, e.position, e.ties.count};
  if (recentre == Recentre::first || e.ties.count < 2) return peak;
  const auto [y, x] = e.ties.nearest;
  const MeanPosition& mean = e.ties.centre;
  const bool together =
      std::fabs(mean.y - float(y)) <= 0.5f && std::fabs(mean.x - float(x)) <= 0.5f;
  peak.location = e.ties.nearest;
  peak.centre = together ? mean : MeanPosition{float(y), float(x)};
  return peak;
}

void offer(const std::vector<Extremum>& extrema, const std::vector<int>& images, Recentre recentre,
           RunningTopK& best) {
  auto e = extrema.begin();  // [sample, unit]
  for (const int image : images)
    for (int u = 0; u < best.units(); ++u) best.offer(u, peak_of(image, *e++, recentre));
}

void offer_all(const Reply& reply, const std::vector<int>& images, const Run& run,
               std::vector<LayerPeaks>& peaks) {
  const bool minima = run.method.bottom_k > 0;
  const int step = minima ? 2 : 1;
  const Recentre recentre = run.method.rules.recentre;
  for (int l = 0; l < int(peaks.size()); ++l) {
    offer(reply.extrema[l * step], images, recentre, peaks[l].top);
    if (minima) offer(reply.extrema[l * step + 1], images, recentre, peaks[l].bottom);
  }
}

void report_first_input(const Run& run, const LoadedImage& image, std::span<const float> values,
                        const std::string& png) {
  write_png(png, image.crop, run.preprocessing.order);
  const std::size_t area = run.input().area();
  for (int c = 0; c < run.input().c; ++c) {
    const auto channel = values.subspan(c * area, area);
    const auto [low, high] = std::minmax_element(channel.begin(), channel.end());
    log::info("first input, channel {}: {:.4g} to {:.4g} (picture: {})", c, *low, *high, png);
  }
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

void merge_part(const ScanPart& part, ScanResult& result) {
  merge_table(part.top, &LayerPeaks::top, result.peaks);
  merge_table(part.bottom, &LayerPeaks::bottom, result.peaks);
  std::copy(part.sizes.begin(), part.sizes.end(), result.sizes.begin() + part.first_image);
  std::copy(part.status.begin(), part.status.end(), result.status.begin() + part.first_image);
  result.skipped.insert(result.skipped.end(), part.skipped.begin(), part.skipped.end());
}

/// The scan of one set of images; blocks share the reader, so that decoding never waits.
class Scanner {
 public:
  Scanner(const Run& run, Programs& programs, std::vector<int> images, std::string first_input_png)
      : run_(run),
        programs_(programs),
        reader_(run.images, images, run.preprocessing, run.input().c, run.threads),
        progress_(run.hooks, "scan", "images", std::int64_t(images.size())),
        png_(std::move(first_input_png)),
        values_(programs.batch * run.input().volume()),
        pipeline_(*programs.session) {}

  ScanPart run_block(int block, int first_image, int count) {
    ScanPart part{
        block, first_image, std::vector<Size>(count), std::vector<std::uint8_t>(count, 1), {},
        {},    {}};
    std::vector<LayerPeaks> peaks = empty_peaks(run_);
    for (int i = 0; i < count; ++i) {
      stop_if_asked(run_.hooks, "interrupted during the scan");
      take(*reader_.next(), part);
      progress_.advance();
      if (int(images_.size()) == programs_.batch) run_batch(peaks);
    }
    run_batch(peaks);
    pipeline_.drain();
    part.top = to_table(peaks, &LayerPeaks::top, run_.method.top_k);
    part.bottom = to_table(peaks, &LayerPeaks::bottom, run_.method.bottom_k);
    return part;
  }

 private:
  void run_batch(std::vector<LayerPeaks>& peaks) {
    if (images_.empty()) return;
    Call call;
    call.images = values_;
    pipeline_.run(programs_.scan, call,
                  [&peaks, images = std::move(images_), &run = run_](const Reply& reply) {
                    offer_all(reply, images, run, peaks);
                  });
    images_.clear();
    std::fill(values_.begin(), values_.end(), 0.f);
  }

  void take(const LoadedImage& image, ScanPart& part) {
    part.status[image.index - part.first_image] = std::uint8_t(image.status);
    if (!image.problem.empty()) {
      log::warn("skipped: {}", image.problem);
      part.skipped.push_back(image.problem);
      return;
    }
    part.sizes[image.index - part.first_image] = image.original;
    const std::size_t volume = run_.input().volume();
    const auto slot = std::span(values_).subspan(images_.size() * volume, volume);
    normalize(run_.preprocessing, image.crop.pixels, image.crop.shape, slot);
    images_.push_back(image.index);
    if (!png_.empty()) report_first_input(run_, image, slot, std::exchange(png_, ""));
  }

  const Run& run_;
  Programs& programs_;
  ImageReader reader_;
  PhaseProgress progress_;
  std::string png_;
  std::vector<int> images_;    ///< of the batch under way
  std::vector<float> values_;  ///< [batch, C, H, W]; unused slots hold zeros
  Pipeline pipeline_;
};

/// Images of each block.
Costs block_sizes(const Run& run) {
  const int total = int(run.images.size());
  Costs sizes;
  for (int first = 0; first < total; first += kScanBlock)
    sizes.push_back(std::min(kScanBlock, total - first));
  return sizes;
}

/// Scans those of the blocks that the folder does not hold yet.
void scan_blocks(const Run& run, Programs& programs, const RunFolder& folder,
                 const std::vector<int>& blocks, const Costs& sizes,
                 const std::string& first_input_png) {
  std::vector<int> missing, images;
  int total = 0;
  for (const int block : blocks) {
    total += int(sizes[block]);
    if (std::filesystem::exists(folder.scan_part(block))) continue;
    missing.push_back(block);
    for (int i = 0; i < sizes[block]; ++i) images.push_back(block * kScanBlock + i);
  }
  if (int(images.size()) < total)
    log::info("resumed: {} of {} images were scanned before", total - int(images.size()), total);
  if (images.empty()) return;
  const bool first = blocks.front() == 0;  // one shard shows its first input
  Scanner scanner(run, programs, images, first ? first_input_png : "");
  for (const int block : missing)
    write_scan_part(folder.scan_part(block), folder.fingerprint(),
                    scanner.run_block(block, block * kScanBlock, int(sizes[block])));
}

/// Waits until all shards have scanned their blocks.
void await_blocks(const Run& run, const RunFolder& folder, const Costs& sizes) {
  if (!run.output.shard) return;
  std::vector<AwaitedShard> shards;
  for (const std::vector<int>& blocks : fair_parts(sizes, run.output.shard->count)) {
    shards.push_back({int(shards.size()) + 1, {}});
    for (const int block : blocks) shards.back().files.push_back(folder.scan_part(block));
  }
  await_shards(run, std::move(shards));
}

}  // namespace

ScanResult read_scan(const Run& run, const RunFolder& folder) {
  const int total = int(run.images.size());
  ScanResult result{
      empty_peaks(run), std::vector<Size>(total), std::vector<std::uint8_t>(total, 1), {}};
  for (int block = 0; block * kScanBlock < total; ++block)
    merge_part(read_scan_part(folder.scan_part(block), folder.fingerprint()), result);
  if (std::count(result.status.begin(), result.status.end(), 0) == 0)
    throw DataError(fmt::format("none of the {} images could be read; the first: {}", total,
                                result.skipped.front()));
  return result;
}

ScanResult scan(const Run& run, Programs& programs, const RunFolder& folder,
                const std::string& first_input_png) {
  const Costs sizes = block_sizes(run);
  const auto work = divide(sizes, run.output.shard);
  for (std::vector<int> blocks = work->next(); !blocks.empty(); blocks = work->next())
    scan_blocks(run, programs, folder, blocks, sizes, first_input_png);
  await_blocks(run, folder, sizes);
  return read_scan(run, folder);
}

}  // namespace rfmap::run
