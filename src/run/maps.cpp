#include "run/maps.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "rfmap/error.h"
#include "rfmap/parts.h"

#include "run/progress.h"

namespace rfmap {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPartTime = std::chrono::seconds(30);
constexpr double kLongRun = 3600;  // seconds from which the announcement says what would shorten it

/// Jobs with a pair that is not on disk yet.
std::vector<ImageJob> jobs_left(const std::vector<Pair>& pairs, const PartsReader& done) {
  std::vector<ImageJob> jobs = group_by_image(pairs);
  std::erase_if(jobs, [&](const ImageJob& job) {
    return std::all_of(job.pairs.begin(), job.pairs.end(),
                       [&](int id) { return done.contains(id); });
  });
  return jobs;
}

std::int64_t total_batches(const Setup& setup, const Config& config, const std::vector<Pair>& pairs,
                           const std::vector<ImageJob>& jobs, int batch) {
  std::int64_t total = 0;
  for (const ImageJob& job : jobs) total += count_batches(setup, config, pairs, job, batch);
  return total;
}

std::string shortening_hints(const Config& config) {
  return fmt::format(
      "to shorten it: --stride {} (a quarter of the passes), --top-k {}, fewer units (--units "
      "random:N) "
      "or layers (--layers)",
      std::max(config.stride.h, config.stride.w) * 2, std::max(1, config.top_k / 5));
}

/// The part in hand: opened by its first job, committed after kPartTime.
class OpenPart {
 public:
  OpenPart(RunFolder& folder, int positions)
      : folder_(folder), positions_(positions), next_(int(folder.map_parts().size())) {}
  void add(const ImageJob& job, const OcclusionPass::Result& result) {
    if (!writer_) {
      writer_.emplace(folder_.map_part(next_), folder_.fingerprint(), next_, positions_);
      ++next_;
      opened_ = Clock::now();
    }
    for (std::size_t p = 0; p < job.pairs.size(); ++p)
      writer_->add(job.pairs[p], result.change[p], result.null_spread[p]);
    if (Clock::now() - opened_ > kPartTime) commit();
  }
  void commit() {
    if (writer_) writer_->commit();
    writer_.reset();
  }

 private:
  RunFolder& folder_;
  int positions_, next_;
  std::optional<PartWriter> writer_;
  Clock::time_point opened_;
};

Crop crop_of(ImageReader& reader) {
  auto image = reader.next();
  if (!image || !image->problem.empty())
    throw DataError("an image of the scan can no longer be read: " +
                    (image ? image->problem : std::string("the reader ended early")));
  return std::move(image->crop);
}

}  // namespace

void announce_maps(const Setup& setup, const Config& config, const std::vector<Pair>& pairs,
                   const Programs& programs, OcclusionPass& pass) {
  const std::vector<ImageJob> jobs = group_by_image(pairs);
  const std::int64_t batches = total_batches(setup, config, pairs, jobs, programs.batch);
  const double seconds = pass.calibrate() * double(batches);
  spdlog::info(
      "to come: {} (unit, image) pairs on {} images, {} occluded passes of {:.3g} GMAC, about {}",
      pairs.size(), jobs.size(), batches * (programs.batch - 1), programs.macs_per_pass / 1e9,
      format_duration(seconds));
  if (seconds > kLongRun) spdlog::info("{}", shortening_hints(config));
}

void measure_maps(const Setup& setup, const Config& config, const std::vector<Pair>& pairs,
                  const Programs& programs, OcclusionPass& pass, RunFolder& folder) {
  const std::vector<ImageJob> jobs =
      jobs_left(pairs, PartsReader(folder.map_parts(), folder.fingerprint()));
  std::vector<int> images;
  for (const ImageJob& job : jobs) images.push_back(job.image);
  ImageReader reader(setup.images, images, setup.preprocessing, setup.input().c, config.threads);
  const int step = programs.batch - 1;
  Progress progress("occlude", "passes",
                    total_batches(setup, config, pairs, jobs, programs.batch) * step, config.quiet);
  OpenPart part(folder, setup.grid.positions());
  try {
    for (const ImageJob& job : jobs) {
      part.add(job, pass.measure(pairs, job, crop_of(reader)));
      progress.advance(count_batches(setup, config, pairs, job, programs.batch) * step);
    }
  } catch (const Interrupted&) {
    part.commit();
    throw;
  }
  part.commit();
}

}  // namespace rfmap
