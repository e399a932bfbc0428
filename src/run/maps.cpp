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

std::string shortening_hints(const Config& config) {
  return fmt::format(
      "to shorten it: --stride {} (a quarter of the passes), --top-k {}, fewer units (--units "
      "random:N) "
      "or layers (--layers)",
      std::max(config.stride.h, config.stride.w) * 2, std::max(1, config.top_k / 5));
}

/// The part in hand: opened by its first job, committed after some seconds.
class OpenPart {
 public:
  OpenPart(RunFolder& folder, int positions, double seconds)
      : folder_(folder),
        positions_(positions),
        seconds_(seconds),
        next_(int(folder.map_parts().size())) {}
  void add(const ImageJob& job, const MapResult& result) {
    if (!writer_) {
      writer_.emplace(folder_.map_part(next_), folder_.fingerprint(), next_, positions_);
      ++next_;
      opened_ = Clock::now();
    }
    for (std::size_t p = 0; p < job.pairs.size(); ++p)
      writer_->add(job.pairs[p], result.change[p], result.null_spread[p]);
    if (std::chrono::duration<double>(Clock::now() - opened_).count() > seconds_) commit();
  }
  void commit() {
    if (writer_) writer_->commit();
    writer_.reset();
  }

 private:
  RunFolder& folder_;
  int positions_;
  double seconds_;
  int next_;
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
                   MapMeasurer& measurer) {
  const std::vector<ImageJob> jobs = group_by_image(pairs);
  if (jobs.empty()) return;
  const ImageJob& largest = measurer.largest(pairs, jobs);
  measurer.calibrate(pairs, largest);
  if (config.verbose) {
    spdlog::debug("the plan of the image with the most work:");
    for (const std::string& line : measurer.describe(pairs, largest)) spdlog::debug("{}", line);
  }
  Work work;
  for (const ImageJob& job : jobs) work += measurer.work(pairs, job);
  const double seconds = measurer.seconds(work);
  spdlog::info(
      "to come: {} (unit, image) pairs on {} images, up to {} occluded copies each, {:.3g} GMAC, "
      "about {}",
      pairs.size(), jobs.size(), setup.grid.positions(), (work.full + work.windows) / 1e9,
      format_duration(seconds));
  if (seconds > kLongRun) spdlog::info("{}", shortening_hints(config));
}

void measure_maps(const Setup& setup, const Config& config, const std::vector<Pair>& pairs,
                  MapMeasurer& measurer, RunFolder& folder) {
  const PartsReader done(folder.map_parts(), folder.fingerprint());
  const std::vector<ImageJob> jobs = jobs_left(pairs, done);
  if (done.pairs() > 0)
    spdlog::info("resumed: {} of {} pairs were measured before", done.pairs(), pairs.size());
  std::vector<int> images;
  for (const ImageJob& job : jobs) images.push_back(job.image);
  ImageReader reader(setup.images, images, setup.preprocessing, setup.input().c, config.threads);
  std::int64_t total = 0;
  for (const ImageJob& job : jobs) total += std::int64_t(job.pairs.size());
  Progress progress("occlude", "pairs", total, config.quiet);
  OpenPart part(folder, setup.grid.positions(), config.commit_every);
  try {
    for (const ImageJob& job : jobs) {
      part.add(job, measurer.measure(pairs, job, crop_of(reader)));
      progress.advance(std::int64_t(job.pairs.size()));
    }
  } catch (const Interrupted&) {
    part.commit();
    throw;
  }
  part.commit();
}

}  // namespace rfmap
