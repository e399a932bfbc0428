#include "run/scan.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "results/parts.h"
#include "results/remedies.h"
#include "run/image_versions.h"
#include "run/phase_progress.h"
#include "run/pipeline.h"
#include "run/scan_times.h"
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
  result.sizes.append(part.sizes);
  result.status.append(part.status);
  if (result.first_problem.empty() && !part.skipped.empty())
    result.first_problem = part.skipped.front();
}

/// A block's place in the set.
struct Block {
  int index = 0, first = 0, count = 0;
};

std::vector<Block> blocks_of(const Run& run) {
  std::vector<Block> blocks;
  const int total = int(run.images.size()), size = images_per_block(total);
  for (int first = 0; first < total; first += size)
    blocks.push_back({int(blocks.size()), first, std::min(size, total - first)});
  return blocks;
}

/// Images of each block.
Costs block_sizes(const std::vector<Block>& blocks) {
  Costs sizes;
  for (const Block& block : blocks) sizes.push_back(block.count);
  return sizes;
}

int images_of(const std::vector<Block>& blocks) {
  int images = 0;
  for (const Block& block : blocks) images += block.count;
  return images;
}

ScanPart read_block(const RunFolder& folder, const Block& block) {
  const std::string path = folder.scan_part(block.index);
  ScanPart part = read_scan_part(path, folder.fingerprint());
  if (part.first_image != block.first || int(part.status.size()) != block.count)
    throw DataError(fmt::format("{} does not hold images {} to {}{}", path, block.first,
                                block.first + block.count - 1, kMeasureAgain));
  return part;
}

/// The scan of one set of images; blocks share the reader, so that decoding never waits.
class Scanner {
 public:
  Scanner(const Run& run, Programs& programs, const std::vector<ImageRange>& images, int count,
          std::string first_input_png)
      : run_(run),
        programs_(programs),
        reader_(run.images, images, run.preprocessing, run.input().c, run.threads),
        progress_(run.hooks, "scan", "images", count),
        png_(std::move(first_input_png)),
        values_(programs.batch * run.input().volume()),
        pipeline_(*programs.session) {}

  ScanPart run_block(const Block& block) {
    ScanPart part;
    part.part = block.index;
    part.first_image = block.first;
    part.sizes.resize(std::size_t(block.count));
    part.status.assign(std::size_t(block.count), std::uint8_t(ImageStatus::skipped));
    std::vector<LayerPeaks> peaks = empty_peaks(run_);
    for (int i = 0; i < block.count; ++i) {
      stop_if_asked(run_.hooks, "interrupted during the scan");
      take(next(), part);
      progress_.advance();
      if (int(images_.size()) == programs_.batch) run_batch(peaks);
    }
    run_batch(peaks);
    const Timed timed(times_.network);
    pipeline_.drain();
    part.top = to_table(peaks, &LayerPeaks::top, run_.method.top_k);
    part.bottom = to_table(peaks, &LayerPeaks::bottom, run_.method.bottom_k);
    return part;
  }
  ScanTimes& times() { return times_; }

 private:
  LoadedImage next() {
    const Timed timed(times_.waiting);
    LoadedImage image = std::move(*reader_.next());
    times_.reading += image.reading;
    times_.decoding += image.decoding;
    return image;
  }

  void run_batch(std::vector<LayerPeaks>& peaks) {
    if (images_.empty()) return;
    const Timed timed(times_.network);
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
    require_unchanged(run_, image.index);
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
  ScanTimes times_;
};

/// Writes a part while the next block is scanned: the disk's sync takes as long as hundreds of
/// small images. Nothing else uses HDF5 meanwhile, which knows one thread. A part that is being
/// written when the scan is interrupted becomes whole.
class PartCommit {
 public:
  explicit PartCommit(const RunFolder& folder) : folder_(folder) {}
  void start(const Block& block, ScanPart part) {
    finish();
    writing_ = std::async([this, block, part = std::move(part)] {
      write_scan_part(folder_.scan_part(block.index), folder_.fingerprint(), part);
    });
  }
  void finish() {
    if (writing_.valid()) writing_.get();
  }

 private:
  const RunFolder& folder_;
  std::future<void> writing_;  ///< waits in its destructor
};

/// Scans those of the blocks that the folder does not hold yet.
void scan_blocks(const Run& run, Programs& programs, const RunFolder& folder,
                 std::vector<Block> blocks, const std::string& first_input_png) {
  const bool first = blocks.front().index == 0;  // one shard shows its first input
  const int total = images_of(blocks);
  std::erase_if(blocks, [&](const Block& block) {
    return std::filesystem::exists(folder.scan_part(block.index));
  });
  const int left = images_of(blocks);
  if (left < total) log::info("resumed: {} of {} images were scanned before", total - left, total);
  if (left == 0) return;
  std::vector<ImageRange> ranges;
  for (const Block& block : blocks) ranges.push_back({block.first, block.count});
  Scanner scanner(run, programs, ranges, left, first ? first_input_png : "");
  double seconds = 0;
  {
    const Timed timed(seconds);
    PartCommit commit(folder);
    for (const Block& block : blocks) {
      ScanPart part = scanner.run_block(block);
      const Timed committing(scanner.times().committing);
      commit.start(block, std::move(part));
    }
    const Timed committing(scanner.times().committing);
    commit.finish();
  }
  log::info("{}", describe(scanner.times(), left, seconds, run.threads));
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

int images_per_block(int total) {
  constexpr int kLeast = 512, kMost = 1 << 16, kParts = 2048;
  return std::clamp(total / kParts, kLeast, kMost);
}

ScanResult read_scan(const Run& run, const RunFolder& folder) {
  ScanResult result{empty_peaks(run), {}, {}, ""};
  for (const Block& block : blocks_of(run)) merge_part(read_block(folder, block), result);
  if (result.status.count(std::uint8_t(ImageStatus::read)) == 0)
    throw DataError(fmt::format("none of the {} images could be read; the first: {}",
                                run.images.size(), result.first_problem));
  return result;
}

ScanResult scan(const Run& run, Programs& programs, const RunFolder& folder,
                const std::string& first_input_png) {
  const std::vector<Block> blocks = blocks_of(run);
  const Costs sizes = block_sizes(blocks);
  const auto work = divide(sizes, run.output.shard);
  for (std::vector<int> items = work->next(); !items.empty(); items = work->next()) {
    std::vector<Block> own;
    for (const int item : items) own.push_back(blocks[item]);
    scan_blocks(run, programs, folder, std::move(own), first_input_png);
  }
  await_blocks(run, folder, sizes);
  return read_scan(run, folder);
}

}  // namespace rfmap::run
