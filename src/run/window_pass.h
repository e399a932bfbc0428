#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "run/jobs.h"
#include "run/map_result.h"
#include "run/pipeline.h"
#include "run/window_programs.h"
#include "run/window_rest.h"

namespace rfmap {

/// Where the windows of a call lie and what of them counts, [window][sample].
struct WindowTables {
  std::vector<std::vector<Point>> first;
  std::vector<std::vector<Rect>> live;
};

/// Measures change maps by windows: only what an occluder changes and a response sees is computed
/// (engine.md, "Exact savings"). Early steps run once for all pairs of an image, late ones once a
/// pair, where that is cheaper.
class WindowPass {
 public:
  /// `layers`: indices into Setup::layers, the plan's targets in their order.
  WindowPass(const Setup& setup, const Config& config, Session& session, WindowPrograms& programs,
             const std::vector<int>& layers);

  /// Changes of `ids`, pairs of one image and of the plan's layers. The patches are set.
  MapResult measure(const std::vector<Pair>& pairs, std::span<const int> ids,
                    std::span<const float> image);
  /// Seconds that measure() would take, from every n-th of its grid positions.
  double calibrate(const std::vector<Pair>& pairs, std::span<const int> ids,
                   std::span<const float> image);

 private:
  /// A grid position; or its windows without the patch, to measure the noise floor.
  struct Sample {
    int position = 0;
    bool null = false;
  };
  /// One pair under way.
  struct State {
    int target = 0, channel = 0;
    Point location;
    float original = 0;
    std::optional<MapRest> rest;  ///< responses over the whole map
    std::vector<bool> touched;    ///< [position]
    std::vector<float> change;    ///< [position]
    float null_spread = 0;
  };
  struct OwnSample {
    int state = 0, sample = 0;
  };
  struct Bucket {
    int target = 0, group = 0;
    ClassPair sizes;
    auto operator<=>(const Bucket&) const = default;
  };
  using Buckets = std::map<Bucket, std::vector<OwnSample>>;
  /// A batch of shared windows in hand.
  struct SharedBatch {
    WindowPrograms::Shared* shared = nullptr;
    ClassPair sizes;
    std::vector<Sample> samples;  ///< at most a batch
    WindowTables tables;
  };
  /// What one response belongs to.
  struct ReadBack {
    int state = 0;
    Sample sample;
    Rect window;
  };

  void start(const std::vector<Pair>& pairs, std::span<const int> ids,
             std::span<const float> image);
  void read_originals();
  std::vector<Sample> list_samples() const;
  int choose_cut() const;
  void run_samples(const std::vector<Sample>& samples);
  void run_shared(WindowPrograms::Shared& shared, const std::vector<Sample>& samples);
  void run_shared_batch(SharedBatch& batch);
  std::vector<std::vector<ReadBack>> shared_reads(
      const SharedBatch& batch, std::vector<std::vector<PointRead>>& points) const;
  void fill_buckets(std::span<const Sample> samples, Buckets& buckets);
  void run_own(const Buckets& buckets, std::span<const Sample> samples, SharedBatch* batch);
  void run_own_batch(const Bucket& bucket, std::span<const OwnSample> own,
                     std::span<const Sample> samples, SharedBatch* batch);
  void run(int program, const Call& call, std::vector<std::vector<ReadBack>> backs);
  void take(const ReadBack& read, float response);
  Occluder occluder(const Sample& sample) const;
  Point grid_cell(int position) const {
    return {position / setup_.grid.count.w, position % setup_.grid.count.w};
  }

  const Setup& setup_;
  const Config& config_;
  Session& session_;
  WindowPrograms& programs_;
  std::vector<int> layers_;
  std::vector<int> target_of_layer_;
  int cut_ = 0;
  std::vector<State> states_;
  Reply reply_;  ///< the original's
  Pipeline pipeline_;
};

}  // namespace rfmap
