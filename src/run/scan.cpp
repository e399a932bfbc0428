#include "run/scan.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "ranks/bytes.h"
#include "results/parts.h"
#include "results/remedies.h"
#include "run/agreed.h"
#include "run/await_files.h"
#include "run/blocks.h"
#include "run/image_versions.h"
#include "run/peak_tables.h"
#include "run/phase_progress.h"
#include "run/pipeline.h"
#include "run/scan_times.h"
#include "run/shards.h"
#include "run/work_list.h"
#include "run/workers.h"

namespace rfmap::run {
using namespace plan;
using namespace results;
using namespace ranks;
namespace {

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

/// The block's first image that can be read, as the network sees it.
void report_first_input(const Run& run, const Block& block, const std::string& png) {
  std::vector<float> values(run.input().volume());
  for (int i = block.first; i < block.first + block.count; ++i) {
    const LoadedImage image =
        load_image(run.images[std::size_t(i)], run.preprocessing, run.input().c);
    if (!image.problem.empty()) continue;
    normalize(run.preprocessing, image.crop.pixels, image.crop.shape, values);
    write_png(png, image.crop, run.preprocessing.order);
    const std::size_t area = run.input().area();
    for (int c = 0; c < run.input().c; ++c) {
      const auto channel = std::span(values).subspan(c * area, area);
      const auto [low, high] = std::minmax_element(channel.begin(), channel.end());
      log::info("first input, channel {}: {:.4g} to {:.4g} (picture: {})", c, *low, *high, png);
    }
    return;
  }
}

void merge_part(const ScanPart& part, ScanResult& result) {
  merge_table(part.top, &LayerPeaks::top, result.peaks);
  merge_table(part.bottom, &LayerPeaks::bottom, result.peaks);
  result.sizes.append(part.sizes);
  result.status.append(part.status);
  if (result.first_problem.empty() && !part.skipped.empty())
    result.first_problem = part.skipped.front();
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
  Scanner(const Run& run, Programs& programs, const std::vector<ImageRange>& images, int threads,
          std::function<void()> advance, ScanTimes& times)
      : run_(run),
        programs_(programs),
        reader_(run.images, images, run.preprocessing, run.input().c, threads),
        advance_(std::move(advance)),
        times_(times),
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
      advance_();
      if (int(images_.size()) == programs_.batch) run_batch(peaks);
    }
    run_batch(peaks);
    const Timed timed(times_.network);
    pipeline_.drain();
    part.top = to_table(peaks, &LayerPeaks::top, run_.method.top_k);
    part.bottom = to_table(peaks, &LayerPeaks::bottom, run_.method.bottom_k);
    return part;
  }

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
  }

  const Run& run_;
  Programs& programs_;
  ImageReader reader_;
  std::function<void()> advance_;
  ScanTimes& times_;
  std::vector<int> images_;    ///< of the batch under way
  std::vector<float> values_;  ///< [batch, C, H, W]; unused slots hold zeros
  Pipeline pipeline_;
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

std::vector<Block> blocks_at(const std::vector<Block>& blocks, std::span<const int> items) {
  std::vector<Block> some;
  for (const int item : items) some.push_back(blocks[item]);
  return some;
}

/// The scan of a process, which several devices share.
class ScanWork {
 public:
  ScanWork(const Run& run, std::span<Programs> programs, const RunFolder& folder,
           PhaseProgress& progress)
      : run_(run), programs_(programs), commit_(folder), progress_(progress) {}

  /// Gives the blocks that it has scanned; adds to `times`.
  std::vector<Block> run(const std::vector<Block>& blocks, WorkList& work, ScanTimes& times) {
    const int devices = int(programs_.size());
    std::vector<ScanTimes> spent(programs_.size());
    SharedWork shared(work);
    const auto body = [&](int device, Mailbox& mailbox) {
      for (auto items = shared.next(); !items.empty() && !mailbox.closed(); items = shared.next())
        scan_blocks(device, blocks_at(blocks, items), mailbox, spent[std::size_t(device)]);
    };
    run_workers(devices, body, ask_to_stop(run_));
    for (const ScanTimes& one : spent) times += one;
    const Timed committing(times.committing);
    commit_.finish();
    times.committing += committing_;
    return done_;
  }

 private:
  void scan_blocks(int device, const std::vector<Block>& blocks, Mailbox& mailbox,
                   ScanTimes& times) {
    std::vector<ImageRange> ranges;
    for (const Block& block : blocks) ranges.push_back({block.first, block.count});
    const int threads = std::max(1, run_.threads / int(programs_.size()));
    const auto advance = [&] { mailbox.post([this] { progress_.advance(); }); };
    Scanner scanner(run_, programs_[std::size_t(device)], ranges, threads, advance, times);
    for (const Block& block : blocks) {
      if (mailbox.closed()) return;
      mailbox.post([this, block, part = scanner.run_block(block)] { keep(block, part); });
    }
  }
  void keep(const Block& block, const ScanPart& part) {
    const Timed committing(committing_);
    commit_.start(block, part);
    done_.push_back(block);
  }

  const Run& run_;
  std::span<Programs> programs_;
  PartCommit commit_;
  PhaseProgress& progress_;
  std::vector<Block> done_;
  double committing_ = 0;
};

/// Scans what comes to this process. Gives its blocks; on rank 0 `times` are those of all ranks.
std::vector<Block> scan_work(const Run& run, std::span<Programs> programs, const RunFolder& folder,
                             const std::vector<Block>& blocks, WorkList& work, ScanTimes& times) {
  PhaseProgress progress(run.hooks, "scan", "images", images_of(blocks_at(blocks, work.left())),
                         &work);
  std::vector<Block> own = ScanWork(run, programs, folder, progress).run(blocks, work, times);
  const auto all = await_ranks(run, progress, bytes_of(std::span<const ScanTimes>(&times, 1)));
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    times += values_in<ScanTimes>(all[rank]).front();
  return own;
}

/// Scans the blocks that the folder does not hold yet. Gives those whose skipped images were named:
/// the ones that this process scanned, and those of earlier runs.
std::vector<Block> scan_left(const Run& run, std::span<Programs> programs, const RunFolder& folder,
                             const std::vector<Block>& blocks, const std::string& first_input_png) {
  const auto is_done = [&](int item) {
    return std::filesystem::exists(folder.scan_part(blocks[item].index));
  };
  const auto work = divide(block_sizes(blocks), is_done, run.output.shard, run.ranks,
                           stop_while_waiting(run), int(programs.size()));
  const std::vector<Block> blocks_left = blocks_at(blocks, work->left());
  const std::vector<Block> done = blocks_at(blocks, work->done_before());
  // A job of ranks that was stopped may not have come to name what its ranks skipped.
  std::vector<Block> named;
  if (run.ranks->alone()) named = done;
  const int before = images_of(done), left = images_of(blocks_left);
  if (before > 0) log::info("resumed: {} of {} images were scanned before", before, before + left);
  if (left == 0) return named;
  if (run.ranks->first() && blocks_left.front().index == 0)  // one shard shows its first input
    report_first_input(run, blocks_left.front(), first_input_png);
  ScanTimes times;
  double seconds = 0;
  {
    const Timed timed(seconds);
    for (const Block& own : scan_work(run, programs, folder, blocks, *work, times))
      named.push_back(own);
  }
  log::info("{}", describe(times, left, seconds, run.threads, run.ranks->place().count,
                           int(programs.size())));
  return named;
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

/// The folder's blocks on rank 0, whose peaks all ranks get. Images that other ranks skipped are
/// named there.
ScanResult merged_scan(const Run& run, const RunFolder& folder, const std::vector<Block>& blocks,
                       const std::vector<Block>& named) {
  if (!run.ranks->first()) {
    ScanResult result{empty_peaks(run), {}, {}, ""};
    merge_packed(run, run.ranks->share("", stop_while_waiting(run)), result.peaks);
    return result;
  }
  std::vector<std::string> files;
  for (const Block& block : blocks) files.push_back(folder.scan_part(block.index));
  await_files(run, files);
  ScanResult result = read_scan(run, folder, [&](const ScanPart& part) {
    if (std::ranges::find(named, part.part, &Block::index) != named.end()) return;
    for (const std::string& problem : part.skipped) log::warn("skipped: {}", problem);
  });
  if (!run.ranks->alone()) run.ranks->share(packed(run, result.peaks));
  return result;
}

}  // namespace

ScanResult read_scan(const Run& run, const RunFolder& folder,
                     const std::function<void(const ScanPart&)>& look) {
  ScanResult result{empty_peaks(run), {}, {}, ""};
  const int images = int(run.images.size());
  for (const Block& block : blocks_of(images, block_size(images, folder))) {
    const ScanPart part = read_block(folder, block);
    if (look) look(part);
    merge_part(part, result);
  }
  if (result.status.count(std::uint8_t(ImageStatus::read)) == 0)
    throw DataError(fmt::format("none of the {} images could be read; the first: {}",
                                run.images.size(), result.first_problem));
  return result;
}

ScanResult scan(const Run& run, std::span<Programs> programs, RunFolder& folder,
                const std::string& first_input_png) {
  const int images = int(run.images.size());
  int size = 0;
  if (run.ranks->first())
    size = settle_block_size(images, programs.front().batch,
                             run.ranks->place().count * int(programs.size()), folder);
  const std::vector<Block> blocks = blocks_of(images, agreed(run, size));
  const std::vector<Block> named = scan_left(run, programs, folder, blocks, first_input_png);
  if (run.output.shard) {
    await_blocks(run, folder, block_sizes(blocks));
    return read_scan(run, folder);
  }
  return merged_scan(run, folder, blocks, named);
}

}  // namespace rfmap::run
