#include "run/window_pass.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "rfmap/error.h"
#include "rfmap/run.h"

#include "run/patches.h"

namespace rfmap {
namespace {

WindowTables make_tables(std::size_t windows, int batch) {
  return {std::vector(windows, std::vector<Point>(batch)),
          std::vector(windows, std::vector<Rect>(batch))};
}

/// The windows of one sample, both axes.
void set_windows(const AxisWindows& y, const AxisWindows& x, Point cell, Point location,
                 ClassPair sizes, std::size_t n, WindowTables& tables) {
  static thread_local std::vector<int> first_y, first_x;
  y.starts(cell.y, location.y, sizes.y, first_y);
  x.starts(cell.x, location.x, sizes.x, first_x);
  for (std::size_t i = 0; i < first_y.size(); ++i) {
    const Extent rows = y.live(cell.y, location.y, i), columns = x.live(cell.x, location.x, i);
    tables.first[i][n] = {first_y[i], first_x[i]};
    if (rows.size() > 0 && columns.size() > 0)
      tables.live[i][n] = {rows.begin, columns.begin, rows.end, columns.end};
  }
}

/// The last sample's windows, with nothing to compute, fill the batch up.
void fill_up(WindowTables& tables, std::size_t count) {
  for (auto& table : tables.first) std::fill(table.begin() + count, table.end(), table[count - 1]);
}

void append_tables(const WindowTables& tables, Call& call) {
  for (const auto& table : tables.first) call.windows.emplace_back(table);
  for (const auto& table : tables.live) call.live.emplace_back(table);
}

bool holds(const Rect& r, Point p) {
  return p.y >= r.y0 && p.y < r.y1 && p.x >= r.x0 && p.x < r.x1;
}

}  // namespace

WindowPass::WindowPass(const Setup& setup, const Config& config, Session& session,
                       WindowPrograms& programs, const std::vector<int>& layers)
    : setup_(setup),
      config_(config),
      session_(session),
      programs_(programs),
      layers_(layers),
      target_of_layer_(setup.layers.size(), -1),
      pipeline_(session) {
  for (int t = 0; t < int(layers.size()); ++t) target_of_layer_[layers[t]] = t;
}

MapResult WindowPass::measure(const std::vector<Pair>& pairs, std::span<const int> ids,
                              std::span<const float> image) {
  start(pairs, ids, image);
  cut_ = choose_cut();
  run_samples(list_samples());
  MapResult result;
  for (State& state : states_) {
    result.change.push_back(std::move(state.change));
    result.null_spread.push_back(state.null_spread);
  }
  return result;
}

double WindowPass::calibrate(const std::vector<Pair>& pairs, std::span<const int> ids,
                             std::span<const float> image) {
  constexpr std::size_t kTrial = 128;  // samples
  const auto begin = std::chrono::steady_clock::now();
  start(pairs, ids, image);
  cut_ = choose_cut();
  const std::vector<Sample> all = list_samples();
  const std::size_t step = std::max<std::size_t>(1, all.size() / kTrial);
  std::vector<Sample> some;
  for (std::size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
  run_samples(some);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return seconds * double(all.size()) / double(std::max<std::size_t>(1, some.size()));
}

void WindowPass::run_samples(const std::vector<Sample>& samples) {
  if (cut_ > 0) {
    run_shared(programs_.shared(cut_), samples);
  } else {
    Buckets buckets;
    fill_buckets(samples, buckets);
    run_own(buckets, samples, nullptr);
  }
  pipeline_.drain();
}

void WindowPass::start(const std::vector<Pair>& pairs, std::span<const int> ids,
                       std::span<const float> image) {
  const bool whole = config_.response != Response::location;
  const ImageJob job{0, {ids.begin(), ids.end()}};
  const std::vector<Rect> boxes = pair_boxes(setup_, pairs, job, whole);
  states_.assign(ids.size(), {});
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Pair& pair = pairs[ids[i]];
    State& state = states_[i];
    state.target = target_of_layer_[pair.layer];
    state.channel = setup_.layers[pair.layer].units[pair.unit];
    state.location = pair.peak.location;
    state.touched.resize(setup_.grid.positions());
    state.change.resize(setup_.grid.positions());
    for (int position : touching(setup_.grid, {&boxes[i], 1})) state.touched[position] = true;
  }
  std::vector<std::vector<Read>> reads(layers_.size());
  for (const State& state : states_) reads[state.target].push_back({state.channel, state.location});
  Call call;
  call.images = image;
  for (const auto& table : reads) call.reads.emplace_back(table);
  session_.run(programs_.original(), call, reply_);
  read_originals();
}

/// The original's responses; for responses over the whole map, its maps too.
void WindowPass::read_originals() {
  std::vector<std::size_t> next(layers_.size());
  for (State& state : states_) {
    if (config_.response == Response::location) {
      state.original = reply_.responses[state.target][next[state.target]++];
      continue;
    }
    const Shape& map = setup_.layers[layers_[state.target]].map;
    const std::span<const float> all = reply_.maps[state.target];
    state.rest.emplace(all.subspan(state.channel * map.area(), map.area()), Size{map.h, map.w});
    state.original = state.rest->max();
  }
}

/// Every position that touches a field, then a null occluder in the middle of each pair's.
std::vector<WindowPass::Sample> WindowPass::list_samples() const {
  std::vector<Sample> samples;
  std::set<int> middles;
  std::vector<bool> any(setup_.grid.positions());
  for (const State& state : states_) {
    std::vector<int> mine;
    for (int p = 0; p < setup_.grid.positions(); ++p)
      if (state.touched[p]) mine.push_back(p);
    for (int p : mine) any[p] = true;
    if (!mine.empty()) middles.insert(mine[mine.size() / 2]);
  }
  for (int p = 0; p < setup_.grid.positions(); ++p)
    if (any[p]) samples.push_back({p, false});
  for (int p : middles) samples.push_back({p, true});
  return samples;
}

int WindowPass::choose_cut() const {
  std::vector<double> pairs(layers_.size());
  for (const State& state : states_) ++pairs[state.target];
  std::vector<bool> any(setup_.grid.positions());
  for (const State& state : states_)
    for (int p = 0; p < setup_.grid.positions(); ++p)
      if (state.touched[p]) any[p] = true;
  return programs_.plan().choose_cut(pairs, double(std::count(any.begin(), any.end(), true)));
}

void WindowPass::run_shared(WindowPrograms::Shared& shared, const std::vector<Sample>& samples) {
  std::map<ClassPair, std::vector<Sample>> by_class;
  for (const Sample& sample : samples) {
    const Point cell = grid_cell(sample.position);
    const ClassPair sizes{shared.windows.y.class_at(cell.y, 0),
                          shared.windows.x.class_at(cell.x, 0)};
    if (sizes.y >= 0 && sizes.x >= 0) by_class[sizes].push_back(sample);
  }
  const std::size_t step = programs_.batch();
  for (const auto& [sizes, all] : by_class)
    for (std::size_t begin = 0; begin < all.size(); begin += step) {
      const auto end = all.begin() + std::min(begin + step, all.size());
      SharedBatch batch{&shared, sizes, {all.begin() + begin, end}, {}};
      run_shared_batch(batch);
    }
}

void WindowPass::run_shared_batch(SharedBatch& batch) {
  const SharedWindows& windows = batch.shared->windows;
  const int program = programs_.shared_program(*batch.shared, batch.sizes).program;
  batch.tables = make_tables(windows.y.nodes.size(), programs_.batch());
  std::vector<Occluder> occluders;
  for (std::size_t n = 0; n < batch.samples.size(); ++n) {
    set_windows(windows.y, windows.x, grid_cell(batch.samples[n].position), {}, batch.sizes, n,
                batch.tables);
    occluders.push_back(occluder(batch.samples[n]));
  }
  fill_up(batch.tables, batch.samples.size());
  occluders.resize(programs_.batch(), occluders.back());
  std::vector<std::vector<PointRead>> points;
  auto backs = shared_reads(batch, points);
  Call call;
  call.occluders = occluders;
  append_tables(batch.tables, call);
  for (const auto& table : points) call.points.emplace_back(table);
  run(program, call, std::move(backs));
  Buckets buckets;
  fill_buckets(batch.samples, buckets);
  run_own(buckets, batch.samples, &batch);
}

/// What is read from the shared windows of a batch: responses whose window the occluder changes.
std::vector<std::vector<WindowPass::ReadBack>> WindowPass::shared_reads(
    const SharedBatch& batch, std::vector<std::vector<PointRead>>& points) const {
  const SharedWindows& windows = batch.shared->windows;
  const WindowSizes sizes{&windows.y, &windows.x, batch.sizes.y, batch.sizes.x};
  const WindowNet& net = programs_.plan().net();
  std::vector<std::vector<ReadBack>> backs(batch.shared->reads.size());
  points.assign(backs.size(), {});
  for (std::size_t table = 0; table < backs.size(); ++table) {
    const int target = batch.shared->reads[table];
    const int window = sizes.index(net.targets[target]);
    for (int s = 0; s < int(states_.size()); ++s) {
      const State& state = states_[s];
      if (state.target != target) continue;
      for (int n = 0; n < int(batch.samples.size()); ++n) {
        const Rect live = batch.tables.live[window][n];
        const Point first = batch.tables.first[window][n];
        if (!state.touched[batch.samples[n].position] || live.empty()) continue;
        if (!state.rest && !holds(live, state.location)) continue;
        const Point at =
            state.rest ? Point{} : Point{state.location.y - first.y, state.location.x - first.x};
        points[table].push_back({n, state.channel, at});
        backs[table].push_back({s, batch.samples[n], live});
      }
    }
  }
  return backs;
}

void WindowPass::fill_buckets(std::span<const Sample> samples, Buckets& buckets) {
  const WindowNet& net = programs_.plan().net();
  for (int s = 0; s < int(states_.size()); ++s) {
    const State& state = states_[s];
    if (net.step_of[net.targets[state.target]] < cut_) continue;
    const OwnWindows& windows = programs_.own(cut_, state.target).windows;
    const int group = state.channel / windows.channels_per_group;
    for (int n = 0; n < int(samples.size()); ++n) {
      if (!state.touched[samples[n].position]) continue;
      const Point cell = grid_cell(samples[n].position);
      const ClassPair sizes{windows.y.class_at(cell.y, state.location.y),
                            windows.x.class_at(cell.x, state.location.x)};
      if (sizes.y >= 0 && sizes.x >= 0) buckets[{state.target, group, sizes}].push_back({s, n});
    }
  }
}

void WindowPass::run_own(const Buckets& buckets, std::span<const Sample> samples,
                         SharedBatch* batch) {
  const std::size_t step = programs_.batch();
  for (const auto& [bucket, own] : buckets)
    for (std::size_t begin = 0; begin < own.size(); begin += step)
      run_own_batch(bucket, std::span(own).subspan(begin, std::min(step, own.size() - begin)),
                    samples, batch);
}

void WindowPass::run_own_batch(const Bucket& bucket, std::span<const OwnSample> own,
                               std::span<const Sample> samples, SharedBatch* batch) {
  WindowPrograms::Own& set = programs_.own(cut_, bucket.target);
  const OwnWindows& windows = set.windows;
  const int program =
      programs_.own_program(set, bucket.target, bucket.group, bucket.sizes,
                            batch ? batch->shared : nullptr, batch ? batch->sizes : ClassPair{});
  const OwnPart& part = windows.parts[bucket.group];
  const WindowSizes sizes{&windows.y, &windows.x, bucket.sizes.y, bucket.sizes.x};
  const int target_window = sizes.index(programs_.plan().net().targets[bucket.target]);
  WindowTables tables = make_tables(sizes.count(), programs_.batch());
  std::vector<Occluder> occluders;
  std::vector<int> parents, channels;
  std::vector<PointRead> points;
  std::vector<ReadBack> backs;
  for (std::size_t n = 0; n < own.size(); ++n) {
    const State& state = states_[own[n].state];
    const Sample& sample = samples[own[n].sample];
    set_windows(windows.y, windows.x, grid_cell(sample.position), state.location, bucket.sizes, n,
                tables);
    const Point first = tables.first[target_window][n];
    points.push_back({int(n),
                      part.selected >= 0 ? 0 : state.channel,
                      {state.location.y - first.y, state.location.x - first.x}});
    occluders.push_back(occluder(sample));
    parents.push_back(own[n].sample);
    channels.push_back(state.channel);
    backs.push_back({own[n].state, sample, {}});
  }
  fill_up(tables, own.size());
  occluders.resize(programs_.batch(), occluders.back());
  parents.resize(programs_.batch(), parents.back());
  channels.resize(programs_.batch(), channels.back());
  Call call;
  append_tables(tables, call);
  if (batch) append_tables(batch->tables, call);
  call.occluders = occluders;
  call.parents = parents;
  call.channels = channels;
  call.points = {points};
  run(program, call, {std::move(backs)});
}

/// `backs` says what the responses belong to, by table.
void WindowPass::run(int program, const Call& call, std::vector<std::vector<ReadBack>> backs) {
  if (stop_requested()) throw Interrupted("interrupted during the occluded passes");
  pipeline_.run(program, call, [this, backs = std::move(backs)](const Reply& reply) {
    for (std::size_t t = 0; t < backs.size(); ++t)
      for (std::size_t i = 0; i < backs[t].size(); ++i) take(backs[t][i], reply.responses[t][i]);
  });
}

/// Original minus occluded; a window's response stands for the whole map's.
void WindowPass::take(const ReadBack& read, float response) {
  State& state = states_[read.state];
  float change = state.original - response;
  if (config_.response == Response::max)
    change = state.original - std::max(response, state.rest->max_outside(read.window));
  else if (config_.response == Response::sum)
    change = float(state.rest->sum_inside(read.window) - response);
  if (read.sample.null)
    state.null_spread = std::max(state.null_spread, std::fabs(change));
  else
    state.change[read.sample.position] = change;
}

Occluder WindowPass::occluder(const Sample& sample) const {
  const Point origin = setup_.grid.origin(sample.position);
  return {origin, sample.null ? -1 : patch_index(config_.fill, sample.position), 0};
}

}  // namespace rfmap
