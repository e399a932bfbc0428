#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "run/jobs.h"
#include "run/map_result.h"
#include "run/pipeline.h"
#include "run/window_programs.h"
#include "run/window_rest.h"
#include "run/window_tables.h"

namespace rfmap {

/// Measures change maps by windows: only what an occluder changes and a response sees is computed
/// (engine.md, "Exact savings"). Early steps run once for all pairs of an image, late ones once a
/// pair, where that is cheaper. Windows of some images share batches.
class WindowPass {
 public:
  /// `layers`: indices into Setup::layers, the plan's targets in their order.
  WindowPass(const Setup& setup, const Config& config, Session& session, WindowPrograms& programs,
             const std::vector<int>& layers);

  /// Changes of pairs of the plan's layers, a result an image: `ids` by image, at most the plan's
  /// slots of them; `images` [slots, C, H, W], those beyond ids' anything finite. The patches are
  /// set.
  std::vector<MapResult> measure(const std::vector<Pair>& pairs,
                                 std::span<const std::vector<int>> ids,
                                 std::span<const float> images);
  /// Seconds that measure() would take where batches and slots are full, from every n-th of its
  /// grid positions.
  double calibrate(const std::vector<Pair>& pairs, std::span<const std::vector<int>> ids,
                   std::span<const float> images);

 private:
  /// A grid position on an image; or its windows without the patch, to measure the noise floor.
  struct Sample {
    int image = 0;
    int position = 0;
    bool null = false;
  };
  /// One pair under way.
  struct State {
    int target = 0, channel = 0;
    Point location;
    float original = 0;
    std::optional<MapRest> rest;        ///< responses over the whole map
    std::vector<std::uint8_t> touched;  ///< [position]
    std::vector<float> change;          ///< [position]
    float null_spread = 0;
    // Own windows, where the pair has them after the cut in hand.
    int first_bucket = -1;  ///< of its classes; -1: it has none
    int classes_x = 0;
    const int *class_y = nullptr, *class_x = nullptr;  ///< [grid index]
  };
  /// States of one image: begin..end-1.
  struct ImageStates {
    int begin = 0, end = 0;
    int cut = 0;
    std::vector<Sample> samples;
  };
  struct OwnSample {
    int state = 0, sample = 0;
  };
  /// Samples of one program.
  struct Bucket {
    int target = 0, group = 0;
    ClassPair sizes;
    std::vector<OwnSample> own;
  };
  /// A batch of shared windows in hand.
  struct SharedBatch {
    WindowPrograms::Shared* shared = nullptr;
    ClassPair sizes;
    std::span<const Sample> samples;  ///< at most a batch
    WindowTables tables;
  };
  /// What one response belongs to.
  struct ReadBack {
    int state = 0;
    Sample sample;
    Rect window;
  };

  void start(const std::vector<Pair>& pairs, std::span<const std::vector<int>> ids,
             std::span<const float> images);
  void add_states(const std::vector<Pair>& pairs, int image, const std::vector<int>& ids);
  void compute_originals(std::span<const float> images);
  std::vector<Sample> list_samples(int image) const;
  int choose_cut(const ImageStates& image) const;
  void run_samples();
  void run_shared(WindowPrograms::Shared& shared, const std::vector<Sample>& samples);
  void run_shared_batch(SharedBatch& batch);
  std::vector<std::vector<ReadBack>> shared_reads(
      const SharedBatch& batch, std::vector<std::vector<PointRead>>& points) const;
  void make_buckets();
  int bucket_of(State& state, std::map<std::pair<int, int>, int>& first);
  void run_own(std::span<const Sample> samples, const SharedBatch* batch);
  void fill_buckets(std::span<const Sample> samples);
  void run_own_batch(const Bucket& bucket, std::span<const OwnSample> own,
                     std::span<const Sample> samples, const SharedBatch* batch);
  void count(double sample_cost, std::size_t samples, int batch);
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
  std::vector<State> states_;  ///< by image
  std::vector<ImageStates> images_;
  int cut_ = 0;                  ///< in hand
  std::vector<Bucket> buckets_;  ///< of the cut, by target, group and classes
  double paid_ = 0, used_ = 0;   ///< costs of whole batches so far, and of their samples
  WindowTables own_tables_;      ///< of the call in hand
  Reply reply_;                  ///< the originals'
  Pipeline pipeline_;
};

}  // namespace rfmap
