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

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
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

std::vector<MapResult> WindowPass::measure(const std::vector<Pair>& pairs,
                                           std::span<const std::vector<int>> ids,
                                           std::span<const float> images) {
  start(pairs, ids, images);
  run_samples();
  std::vector<MapResult> results(images_.size());
  for (std::size_t i = 0; i < images_.size(); ++i)
    for (int s = images_[i].begin; s < images_[i].end; ++s) {
      results[i].change.push_back(std::move(states_[s].change));
      results[i].null_spread.push_back(states_[s].null_spread);
    }
  return results;
}

double WindowPass::calibrate(const std::vector<Pair>& pairs, std::span<const std::vector<int>> ids,
                             std::span<const float> images) {
  constexpr std::size_t kTrial = 128;  // samples of an image
  const auto began = Clock::now();
  start(pairs, ids, images);
  const double starting = seconds_since(began);
  double all = 0, some = 0;
  for (ImageStates& image : images_) {
    const std::size_t count = image.samples.size(), step = std::max<std::size_t>(1, count / kTrial);
    for (std::size_t i = 0; i * step < count; ++i) image.samples[i] = image.samples[i * step];
    image.samples.resize((count + step - 1) / step);
    all += double(count);
    some += double(image.samples.size());
  }
  paid_ = used_ = 0;
  const auto ran = Clock::now();
  run_samples();
  const bool by_batch = !programs_.plan().ragged() && paid_ > 0;
  const double share_of_slots = double(images_.size()) / programs_.plan().slots();
  return starting * share_of_slots +
         seconds_since(ran) * (by_batch ? used_ / paid_ : 1) * all / std::max(1.0, some);
}

void WindowPass::start(const std::vector<Pair>& pairs, std::span<const std::vector<int>> ids,
                       std::span<const float> images) {
  states_.clear();
  images_.clear();
  for (int image = 0; image < int(ids.size()); ++image) add_states(pairs, image, ids[image]);
  compute_originals(images);
  for (int image = 0; image < int(images_.size()); ++image) {
    images_[image].samples = list_samples(image);
    images_[image].cut = choose_cut(images_[image]);
  }
}

void WindowPass::add_states(const std::vector<Pair>& pairs, int image,
                            const std::vector<int>& ids) {
  const bool whole = config_.response != Response::location;
  const std::vector<Rect> boxes = pair_boxes(setup_, pairs, {image, ids}, whole);
  images_.push_back({int(states_.size()), int(states_.size() + ids.size()), 0, {}});
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Pair& pair = pairs[ids[i]];
    State& state = states_.emplace_back();
    state.target = target_of_layer_[pair.layer];
    state.channel = setup_.layers[pair.layer].units[pair.unit];
    state.location = pair.peak.location;
    state.touched.resize(setup_.grid.positions());
    state.change.resize(setup_.grid.positions());
    for (int position : touching(setup_.grid, {&boxes[i], 1})) state.touched[position] = true;
  }
}

/// The originals' responses; for responses over the whole map, their maps too.
void WindowPass::compute_originals(std::span<const float> images) {
  std::vector<std::vector<Read>> reads(layers_.size());
  for (const State& state : states_) reads[state.target].push_back({state.channel, state.location});
  Call call;
  call.images = images;
  for (const auto& table : reads) call.reads.emplace_back(table);
  session_.run(programs_.original(), call, reply_);
  std::vector<std::size_t> next(layers_.size());
  for (std::size_t image = 0; image < images_.size(); ++image)
    for (int s = images_[image].begin; s < images_[image].end; ++s) {
      State& state = states_[s];
      if (config_.response == Response::location) {
        const std::size_t read = image * reads[state.target].size() + next[state.target]++;
        state.original = reply_.responses[state.target][read];
        continue;
      }
      const Shape& map = setup_.layers[layers_[state.target]].map;
      const std::span<const float> all = reply_.maps[state.target];
      const std::size_t channel = image * map.c + state.channel;
      state.rest.emplace(all.subspan(channel * map.area(), map.area()), Size{map.h, map.w});
      state.original = state.rest->max();
    }
}

/// Every position that touches a field, then a null occluder in the middle of each pair's.
std::vector<WindowPass::Sample> WindowPass::list_samples(int image) const {
  std::set<int> middles;
  std::vector<std::uint8_t> any(setup_.grid.positions());
  for (int s = images_[image].begin; s < images_[image].end; ++s) {
    std::vector<int> mine;
    for (int p = 0; p < setup_.grid.positions(); ++p)
      if (states_[s].touched[p]) mine.push_back(p);
    for (int p : mine) any[p] = true;
    if (!mine.empty()) middles.insert(mine[mine.size() / 2]);
  }
  std::vector<Sample> samples;
  for (int p = 0; p < setup_.grid.positions(); ++p)
    if (any[p]) samples.push_back({image, p, false});
  for (int p : middles) samples.push_back({image, p, true});
  return samples;
}

int WindowPass::choose_cut(const ImageStates& image) const {
  std::vector<double> pairs(layers_.size());
  for (int s = image.begin; s < image.end; ++s) ++pairs[states_[s].target];
  const auto copies = std::count_if(image.samples.begin(), image.samples.end(),
                                    [](const Sample& sample) { return !sample.null; });
  return programs_.plan().choose_cut(pairs, double(copies));
}

/// Images of the same cut go together; an image's cut does not depend on the others.
void WindowPass::run_samples() {
  std::map<int, std::vector<Sample>> by_cut;
  for (const ImageStates& image : images_) {
    auto& samples = by_cut[image.cut];
    samples.insert(samples.end(), image.samples.begin(), image.samples.end());
  }
  for (const auto& [cut, samples] : by_cut) {
    cut_ = cut;
    make_buckets();
    if (cut > 0)
      run_shared(programs_.shared(cut), samples);
    else
      run_own(samples, nullptr);
  }
  pipeline_.drain();
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
      const auto some = std::span(all).subspan(begin, std::min(step, all.size() - begin));
      SharedBatch batch{&shared, sizes, some, {}};
      run_shared_batch(batch);
    }
}

void WindowPass::run_shared_batch(SharedBatch& batch) {
  const SharedWindows& windows = batch.shared->windows;
  const int program = programs_.shared_program(*batch.shared, batch.sizes).program;
  batch.tables.resize(windows.y.nodes.size(), programs_.batch());
  std::vector<Occluder> occluders;
  for (std::size_t n = 0; n < batch.samples.size(); ++n) {
    const Point cell = grid_cell(batch.samples[n].position);
    batch.tables.set(n, windows.y.places_at(cell.y, 0), windows.x.places_at(cell.x, 0));
    occluders.push_back(occluder(batch.samples[n]));
  }
  batch.tables.fill_up(batch.samples.size());
  occluders.resize(programs_.batch(), occluders.back());
  std::vector<std::vector<PointRead>> points;
  auto backs = shared_reads(batch, points);
  Call call;
  call.occluders = occluders;
  batch.tables.append_to(call);
  for (const auto& table : points) call.points.emplace_back(table);
  count(programs_.plan().shared_sample_cost(cut_), batch.samples.size(), programs_.batch());
  run(program, call, std::move(backs));
  run_own(batch.samples, &batch);
}

/// What is read from the shared windows of a batch: responses whose window the occluder changes.
std::vector<std::vector<WindowPass::ReadBack>> WindowPass::shared_reads(
    const SharedBatch& batch, std::vector<std::vector<PointRead>>& points) const {
  const SharedWindows& windows = batch.shared->windows;
  const WindowSizes sizes{&windows.y, &windows.x, batch.sizes.y, batch.sizes.x};
  const WindowNet& net = programs_.plan().net();
  std::vector<int> table_of(layers_.size(), -1), window_of(layers_.size());
  for (std::size_t table = 0; table < batch.shared->reads.size(); ++table) {
    const int target = batch.shared->reads[table];
    table_of[target] = int(table);
    window_of[target] = sizes.index(net.targets[target]);
  }
  std::vector<std::vector<ReadBack>> backs(batch.shared->reads.size());
  points.assign(backs.size(), {});
  for (int n = 0; n < int(batch.samples.size()); ++n) {
    const Sample& sample = batch.samples[n];
    const ImageStates& image = images_[sample.image];
    for (int s = image.begin; s < image.end; ++s) {
      const State& state = states_[s];
      const int table = table_of[state.target], window = window_of[state.target];
      if (table < 0 || !state.touched[sample.position]) continue;
      const Rect& live = batch.tables.live[window][n];
      if (live.empty() || (!state.rest && !holds(live, state.location))) continue;
      const Point first = batch.tables.first[window][n];
      const Point at =
          state.rest ? Point{} : Point{state.location.y - first.y, state.location.x - first.x};
      points[table].push_back({n, state.channel, at});
      backs[table].push_back({s, sample, live});
    }
  }
  return backs;
}

/// A bucket a program of own windows after the cut; each state learns where its own begin.
void WindowPass::make_buckets() {
  buckets_.clear();
  const WindowNet& net = programs_.plan().net();
  std::map<std::pair<int, int>, int> first;
  for (const ImageStates& image : images_) {
    if (image.cut != cut_) continue;
    for (int s = image.begin; s < image.end; ++s)
      if (net.step_of[net.targets[states_[s].target]] >= cut_)
        states_[s].first_bucket = bucket_of(states_[s], first);
  }
}

/// First bucket of the state's target and group.
int WindowPass::bucket_of(State& state, std::map<std::pair<int, int>, int>& first) {
  const OwnWindows& windows = programs_.own(cut_, state.target).windows;
  state.class_y = windows.y.classes_of(state.location.y);
  state.class_x = windows.x.classes_of(state.location.x);
  state.classes_x = int(windows.x.classes.size());
  const int group = state.channel / windows.channels_per_group;
  const auto [it, fresh] = first.try_emplace({state.target, group}, int(buckets_.size()));
  for (int y = 0; fresh && y < int(windows.y.classes.size()); ++y)
    for (int x = 0; x < int(windows.x.classes.size()); ++x)
      buckets_.push_back({state.target, group, {y, x}, {}});
  return it->second;
}

void WindowPass::run_own(std::span<const Sample> samples, const SharedBatch* batch) {
  fill_buckets(samples);
  const std::size_t step = programs_.own_batch(batch != nullptr);
  for (const Bucket& bucket : buckets_)
    for (std::size_t begin = 0; begin < bucket.own.size(); begin += step)
      run_own_batch(bucket,
                    std::span(bucket.own).subspan(begin, std::min(step, bucket.own.size() - begin)),
                    samples, batch);
}

void WindowPass::fill_buckets(std::span<const Sample> samples) {
  for (Bucket& bucket : buckets_) bucket.own.clear();
  for (int n = 0; n < int(samples.size()); ++n) {
    const Sample& sample = samples[n];
    const Point cell = grid_cell(sample.position);
    const ImageStates& image = images_[sample.image];
    for (int s = image.begin; s < image.end; ++s) {
      const State& state = states_[s];
      if (state.first_bucket < 0 || !state.touched[sample.position]) continue;
      const int y = state.class_y[cell.y], x = state.class_x[cell.x];
      if (y < 0 || x < 0) continue;
      buckets_[state.first_bucket + y * state.classes_x + x].own.push_back({s, n});
    }
  }
}

void WindowPass::run_own_batch(const Bucket& bucket, std::span<const OwnSample> own,
                               std::span<const Sample> samples, const SharedBatch* batch) {
  WindowPrograms::Own& set = programs_.own(cut_, bucket.target);
  const OwnWindows& windows = set.windows;
  const int program =
      programs_.own_program(set, bucket.target, bucket.group, bucket.sizes,
                            batch ? batch->shared : nullptr, batch ? batch->sizes : ClassPair{});
  const OwnPart& part = windows.parts[bucket.group];
  const WindowSizes sizes{&windows.y, &windows.x, bucket.sizes.y, bucket.sizes.x};
  const int target_window = sizes.index(programs_.plan().net().targets[bucket.target]);
  const int room = programs_.own_batch(batch != nullptr);
  own_tables_.resize(sizes.count(), room);
  std::vector<Occluder> occluders;
  std::vector<int> parents, channels;
  std::vector<PointRead> points;
  std::vector<ReadBack> backs;
  for (std::size_t n = 0; n < own.size(); ++n) {
    const State& state = states_[own[n].state];
    const Sample& sample = samples[own[n].sample];
    const Point cell = grid_cell(sample.position);
    const auto y = windows.y.places_at(cell.y, state.location.y),
               x = windows.x.places_at(cell.x, state.location.x);
    own_tables_.set(n, y, x);
    points.push_back(
        {int(n),
         part.selected >= 0 ? 0 : state.channel,
         {state.location.y - y[target_window].first, state.location.x - x[target_window].first}});
    occluders.push_back(occluder(sample));
    parents.push_back(own[n].sample);
    channels.push_back(state.channel);
    backs.push_back({own[n].state, sample, {}});
  }
  own_tables_.fill_up(own.size());
  occluders.resize(room, occluders.back());
  parents.resize(room, parents.back());
  channels.resize(room, channels.back());
  Call call;
  own_tables_.append_to(call);
  if (batch) batch->tables.append_to(call);
  call.occluders = occluders;
  call.parents = parents;
  call.channels = channels;
  call.points = {points};
  count(programs_.plan().own_sample_cost(cut_, bucket.target), own.size(), room);
  run(program, call, {std::move(backs)});
}

void WindowPass::count(double sample_cost, std::size_t samples, int batch) {
  paid_ += sample_cost * batch;
  used_ += sample_cost * double(samples);
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
  const int patch = sample.null ? -1 : patch_index(config_.fill, sample.position);
  return {origin, patch, sample.image};
}

}  // namespace rfmap
