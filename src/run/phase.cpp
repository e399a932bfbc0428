#include "run/phase.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "rfmap/error.h"

#include "core/log.h"
#include "results/parts.h"
#include "run/image_versions.h"
#include "run/open_part.h"
#include "run/phase_progress.h"
#include "run/workers.h"

namespace rfmap::run {
using namespace results;
namespace {

constexpr std::size_t kPairsAtOnce = 4096;  // some 100 MB of maps

bool is_done(const ImageJob& job, const PartsReader& done) {
  return std::ranges::all_of(job.pairs, [&](int id) { return done.contains(id); });
}

std::vector<ImageJob> jobs_at(const std::vector<ImageJob>& jobs, std::span<const int> items) {
  std::vector<ImageJob> some;
  for (const int item : items) some.push_back(jobs[item]);
  return some;
}

std::int64_t count_pairs(const std::vector<ImageJob>& jobs) {
  std::int64_t pairs = 0;
  for (const ImageJob& job : jobs) pairs += std::int64_t(job.pairs.size());
  return pairs;
}

Crop crop_of(const Run& run, ImageReader& reader) {
  auto image = reader.next();
  if (!image || !image->problem.empty())
    throw DataError("an image of the scan can no longer be read: " +
                    (image ? image->problem : std::string("the reader ended early")) +
                    "; bring it back and continue with --resume");
  require_unchanged(run, image->index);
  return std::move(image->crop);
}

/// The next jobs, at most so many, that go together. An image of many pairs fills batches alone.
std::span<const ImageJob> next_jobs(std::span<const ImageJob> left, int images) {
  std::size_t count = 1, pairs = left.front().pairs.size();
  for (; count < left.size() && count < std::size_t(images); ++count)
    if ((pairs += left[count].pairs.size()) > kPairsAtOnce) break;
  return left.first(count);
}

/// What the folder does not hold yet.
std::unique_ptr<WorkList> list_work(const Run& run, const std::vector<ImageJob>& jobs,
                                    const Phase& phase, const RunFolder& folder) {
  std::vector<std::string> parts;
  if (run.ranks->first()) parts = folder.parts(phase.kind);
  const PartsReader done(parts, folder.fingerprint());
  auto work = divide(
      costs_of(jobs, phase.cost), [&](int item) { return is_done(jobs[item], done); },
      run.output.shard, run.ranks, stop_while_waiting(run), int(phase.measures.size()));
  if (done.pairs() > 0)
    log::info("resumed: {} of {} pairs were {} before", done.pairs(),
              count_pairs(jobs_at(jobs, work->left())) + std::int64_t(done.pairs()), phase.done);
  return work;
}

/// What one worker measures, which `take` gets.
template <class Take>
void measure_jobs(const Run& run, const Phase& phase, int worker, const std::vector<ImageJob>& jobs,
                  const Mailbox& mailbox, const Take& take) {
  std::vector<int> images;
  for (const ImageJob& job : jobs) images.push_back(job.image);
  const int threads = std::max(1, run.threads / int(phase.measures.size()));
  ImageReader reader(run.images, images, run.preprocessing, run.input().c, threads);
  for (std::span<const ImageJob> left = jobs; !left.empty() && !mailbox.closed();) {
    const auto some = next_jobs(left, phase.images);
    left = left.subspan(some.size());
    std::vector<Crop> crops;
    for (std::size_t i = 0; i < some.size(); ++i) crops.push_back(crop_of(run, reader));
    std::vector<MapResult> results = phase.measures[std::size_t(worker)](some, crops);
    for (std::size_t i = 0; i < some.size(); ++i) take(some[i], std::move(results[i]));
  }
}

/// On all workers; this thread alone writes.
void measure_on_all(const Run& run, const Phase& phase, const std::vector<ImageJob>& jobs,
                    WorkList& work, OpenPart& part, PhaseProgress& progress) {
  SharedWork shared(work);
  const auto body = [&](int worker, Mailbox& mailbox) {
    const auto take = [&](const ImageJob& job, MapResult result) {
      mailbox.post([&part, &progress, job, result = std::move(result)] {
        part.add(job, result);
        progress.advance(std::int64_t(job.pairs.size()));
      });
    };
    for (auto items = shared.next(); !items.empty() && !mailbox.closed(); items = shared.next())
      measure_jobs(run, phase, worker, jobs_at(jobs, items), mailbox, take);
  };
  run_workers(int(phase.measures.size()), body, ask_to_stop(run));
}

/// What comes to this process. Where an image or the device fails, or the run is stopped, what is
/// whole is committed first.
void measure_work(const Run& run, const Phase& phase, const std::vector<ImageJob>& jobs,
                  WorkList& work, OpenPart& part, PhaseProgress& progress) {
  try {
    measure_on_all(run, phase, jobs, work, part, progress);
  } catch (const OutOfMemory&) {
    throw;  // measured again with a smaller batch
  } catch (const EngineError&) {
    if (part.empty()) throw;
    part.commit();
    log::warn("results up to here are kept; --resume continues from there");
    throw;
  } catch (const Error&) {
    part.commit();
    throw;
  }
  part.commit();
}

}  // namespace

void run_phase(const Run& run, const std::vector<Pair>& pairs, const Phase& phase,
               RunFolder& folder) {
  const std::vector<ImageJob> jobs = group_by_image(pairs);
  const auto work = list_work(run, jobs, phase, folder);
  if (phase.announce) phase.announce();
  const std::int64_t total = count_pairs(jobs_at(jobs, work->left()));
  if (total == 0) return;
  PhaseProgress progress(run.hooks, phase.name, "pairs", total, work.get());
  OpenPart part(folder, phase.kind, phase.values, run.output.commit_every);
  measure_work(run, phase, jobs, *work, part, progress);
  await_ranks(run, progress);
}

}  // namespace rfmap::run
