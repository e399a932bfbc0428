#include "run/windows/pass.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "rfmap/error.h"

#include "run/patches.h"
#include "run/phase_progress.h"

namespace rfmap::run {
using namespace plan;
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

bool holds(const Rect& r, Point p) {
  return p.y >= r.y0 && p.y < r.y1 && p.x >= r.x0 && p.x < r.x1;
}

/// Keeps about `wanted` of the samples, evenly.
void thin_out(std::vector<WindowSample>& samples, std::size_t wanted) {
  const std::size_t step = std::max<std::size_t>(1, samples.size() / wanted);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples.size(); i += step) samples[kept++] = samples[i];
  samples.resize(kept);
}

}  // namespace

WindowPass::WindowPass(const Run& run, Session& session, WindowPrograms& programs,
                       const std::vector<int>& layers)
    : run_(run), session_(session), programs_(programs), layers_(layers), pipeline_(session) {}

std::vector<MapResult> WindowPass::measure(const std::vector<Pair>& pairs,
                                           std::span<const std::vector<int>> ids,
                                           std::span<const float> images) {
  start(pairs, ids, images);
  run_samples();
  return take_results(group_);
}

double WindowPass::calibrate(const std::vector<Pair>& pairs, std::span<const std::vector<int>> ids,
                             std::span<const float> images) {
  constexpr std::size_t kTrial = 128;  // samples of an image
  const auto began = Clock::now();
  start(pairs, ids, images);
  const double starting = seconds_since(began);
  double all = 0, some = 0;
  for (WindowImage& image : group_.images) {
    all += double(image.samples.size());
    thin_out(image.samples, kTrial);
    some += double(image.samples.size());
  }
  paid_ = used_ = 0;
  const auto ran = Clock::now();
  run_samples();
  const double running = seconds_since(ran) * all / std::max(1.0, some);
  const bool by_batch = !programs_.plan().ragged() && paid_ > 0;
  return starting * double(ids.size()) / programs_.plan().slots() +
         running * (by_batch ? used_ / paid_ : 1);
}

void WindowPass::start(const std::vector<Pair>& pairs, std::span<const std::vector<int>> ids,
                       std::span<const float> images) {
  group_ = make_window_group(run_, programs_.plan(), layers_, pairs, ids);
  compute_originals(images);
}

/// The originals' responses; for responses over the whole map, their maps too.
void WindowPass::compute_originals(std::span<const float> images) {
  std::vector<std::vector<Read>> reads(layers_.size());
  for (const WindowPair& pair : group_.pairs)
    reads[pair.target].push_back({pair.channel, pair.location});
  Call call;
  call.images = images;
  for (const auto& table : reads) call.reads.emplace_back(table);
  session_.run(programs_.original(), call, reply_);
  std::vector<std::size_t> next(layers_.size());
  for (std::size_t image = 0; image < group_.images.size(); ++image)
    for (int p = group_.images[image].begin; p < group_.images[image].end; ++p) {
      WindowPair& pair = group_.pairs[p];
      if (run_.method.response == Response::location) {
        const std::size_t read = image * reads[pair.target].size() + next[pair.target]++;
        pair.original = reply_.responses[pair.target][read];
        continue;
      }
      const Shape& map = run_.layers[layers_[pair.target]].shape;
      const std::span<const float> all = reply_.maps[pair.target];
      const std::size_t channel = image * map.c + pair.channel;
      pair.rest.emplace(all.subspan(channel * map.area(), map.area()), Size{map.h, map.w});
      pair.original = pair.rest->max();
    }
}

/// Images of the same cut go together.
void WindowPass::run_samples() {
  std::map<int, std::vector<WindowSample>> by_cut;
  for (const WindowImage& image : group_.images) {
    auto& samples = by_cut[image.cut];
    samples.insert(samples.end(), image.samples.begin(), image.samples.end());
  }
  for (const auto& [cut, samples] : by_cut) {
    cut_ = cut;
    OwnBuckets buckets(group_, programs_, cut);
    if (cut > 0)
      run_shared(programs_.shared(cut), samples, buckets);
    else
      run_own(buckets, {nullptr, {}, samples, {}});
  }
  pipeline_.drain();
}

void WindowPass::run_shared(WindowPrograms::Shared& shared,
                            const std::vector<WindowSample>& samples, OwnBuckets& buckets) {
  std::map<ClassPair, std::vector<WindowSample>> by_class;
  for (const WindowSample& sample : samples) {
    const Point cell = run_.grid.cell(sample.position);
    const ClassPair sizes{shared.windows.y.class_at(cell.y, 0),
                          shared.windows.x.class_at(cell.x, 0)};
    if (sizes.y >= 0 && sizes.x >= 0) by_class[sizes].push_back(sample);
  }
  const std::size_t step = programs_.batch();
  for (const auto& [sizes, all] : by_class)
    for (std::size_t begin = 0; begin < all.size(); begin += step) {
      const auto some = std::span(all).subspan(begin, std::min(step, all.size() - begin));
      SharedBatch batch{&shared, sizes, some, {}};
      run_shared_batch(batch);
      run_own(buckets, batch);
    }
}

void WindowPass::run_shared_batch(SharedBatch& batch) {
  const SharedWindows& windows = batch.shared->windows;
  const int program = programs_.shared_program(*batch.shared, batch.sizes).program;
  batch.tables.resize(windows.y.nodes.size(), programs_.batch());
  for (std::size_t n = 0; n < batch.samples.size(); ++n) {
    const Point cell = run_.grid.cell(batch.samples[n].position);
    batch.tables.set(n, windows.y.places_at(cell.y, 0), windows.x.places_at(cell.x, 0));
    batch.tables.occluders.push_back(occluder(batch.samples[n]));
  }
  batch.tables.fill_up(programs_.batch());
  Call call;
  call.occluders = batch.tables.occluders;
  batch.tables.append_to(call);
  count(programs_.plan().shared_sample_cost(cut_), batch.samples.size(), programs_.batch());
  run(program, call, shared_reads(batch));
}

/// What is read from the shared windows of a batch: responses whose window the occluder changes.
WindowPass::Reads WindowPass::shared_reads(const SharedBatch& batch) const {
  const SharedWindows& windows = batch.shared->windows;
  const WindowSizes sizes{&windows.y, &windows.x, batch.sizes.y, batch.sizes.x};
  const WindowNet& net = programs_.plan().net();
  std::vector<int> table_of(layers_.size(), -1), window_of(layers_.size());
  for (std::size_t table = 0; table < batch.shared->reads.size(); ++table) {
    const int target = batch.shared->reads[table];
    table_of[target] = int(table);
    window_of[target] = sizes.index(net.targets[target]);
  }
  Reads reads(batch.shared->reads.size());
  for (int n = 0; n < int(batch.samples.size()); ++n) {
    const WindowSample& sample = batch.samples[n];
    const WindowImage& image = group_.images[sample.image];
    for (int p = image.begin; p < image.end; ++p) {
      const WindowPair& pair = group_.pairs[p];
      const int table = table_of[pair.target], window = window_of[pair.target];
      if (table < 0 || !pair.touched[sample.position]) continue;
      const Rect& live = batch.tables.live[window][n];
      if (live.empty() || (!pair.rest && !holds(live, pair.location))) continue;
      const Point first = batch.tables.first[window][n];
      const Point at =
          pair.rest ? Point{} : Point{pair.location.y - first.y, pair.location.x - first.x};
      reads.points[table].push_back({n, pair.channel, at});
      reads.backs[table].push_back({p, sample, live});
    }
  }
  return reads;
}

void WindowPass::run_own(OwnBuckets& buckets, const SharedBatch& batch) {
  buckets.fill(group_, run_.grid, batch.samples);
  const std::size_t step = programs_.own_batch(batch.shared);
  for (const OwnBuckets::Bucket& bucket : buckets.all()) {
    const std::span<const OwnBuckets::Entry> all(bucket.entries);
    for (std::size_t begin = 0; begin < all.size(); begin += step)
      run_own_batch(bucket, all.subspan(begin, std::min(step, all.size() - begin)), batch);
  }
}

void WindowPass::run_own_batch(const OwnBuckets::Bucket& bucket,
                               std::span<const OwnBuckets::Entry> entries,
                               const SharedBatch& batch) {
  WindowPrograms::Own& set = programs_.own(cut_, bucket.target);
  const OwnWindows& windows = set.windows;
  const int program = programs_.own_program(set, bucket.target, bucket.group, bucket.sizes,
                                            batch.shared, batch.sizes);
  const WindowSizes sizes{&windows.y, &windows.x, bucket.sizes.y, bucket.sizes.x};
  const int target_window = sizes.index(programs_.plan().net().targets[bucket.target]);
  const bool selected = windows.parts[bucket.group].selected >= 0;
  const int room = programs_.own_batch(batch.shared);
  own_tables_.resize(sizes.count(), room);
  Reads reads(1);
  for (std::size_t n = 0; n < entries.size(); ++n) {
    const WindowPair& pair = group_.pairs[entries[n].pair];
    const WindowSample& sample = batch.samples[entries[n].sample];
    const Point cell = run_.grid.cell(sample.position);
    const auto y = windows.y.places_at(cell.y, pair.location.y),
               x = windows.x.places_at(cell.x, pair.location.x);
    own_tables_.set(n, y, x);
    const Point at{pair.location.y - y[target_window].first,
                   pair.location.x - x[target_window].first};
    reads.points[0].push_back({int(n), selected ? 0 : pair.channel, at});
    reads.backs[0].push_back({entries[n].pair, sample, {}});
    own_tables_.occluders.push_back(occluder(sample));
    own_tables_.parents.push_back(entries[n].sample);
    own_tables_.channels.push_back(pair.channel);
  }
  own_tables_.fill_up(room);
  Call call;
  own_tables_.append_to(call);
  batch.tables.append_to(call);
  call.occluders = own_tables_.occluders;
  call.parents = own_tables_.parents;
  call.channels = own_tables_.channels;
  count(programs_.plan().own_sample_cost(cut_, bucket.target), entries.size(), room);
  run(program, call, std::move(reads));
}

void WindowPass::count(double sample_cost, std::size_t samples, int batch) {
  paid_ += sample_cost * batch;
  used_ += sample_cost * double(samples);
}

void WindowPass::run(int program, Call call, Reads reads) {
  stop_if_asked(run_.hooks, "interrupted during the occluded passes");
  for (const auto& table : reads.points) call.points.emplace_back(table);
  pipeline_.run(program, call, [this, backs = std::move(reads.backs)](const Reply& reply) {
    for (std::size_t t = 0; t < backs.size(); ++t)
      for (std::size_t i = 0; i < backs[t].size(); ++i)
        take_response(backs[t][i], run_.method.response, reply.responses[t][i],
                      group_.pairs[backs[t][i].pair]);
  });
}

Occluder WindowPass::occluder(const WindowSample& sample) const {
  const Point origin = run_.grid.origin(sample.position);
  const int patch =
      sample.patch == Patch::null ? kNone : patch_index(run_.method.fill, sample.position);
  return {origin, patch, sample.image};
}

}  // namespace rfmap::run
