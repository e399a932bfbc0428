#pragma once

#include <span>
#include <vector>

#include "run/pipeline.h"
#include "run/windows/group.h"
#include "run/windows/own_buckets.h"
#include "run/windows/programs.h"
#include "run/windows/tables.h"

namespace rfmap::run {

/// Measures change maps by windows: only what an occluder changes and a response sees is computed
/// (docs/windows.md). Early steps run once for all pairs of an image, late ones once a
/// pair, where that is cheaper. Windows of some images share batches.
class WindowPass {
 public:
  /// `layers`: indices into Run::layers, the plan's targets in their order.
  WindowPass(const Run& run, plan::Session& session, WindowPrograms& programs,
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
  /// A batch of shared windows in hand; or all samples, where nothing is shared.
  struct SharedBatch {
    WindowPrograms::Shared* shared = nullptr;
    ClassPair sizes;
    std::span<const WindowSample> samples;
    WindowTables tables;
  };
  /// Points that a call reads, and what their responses belong to, by table.
  struct Reads {
    explicit Reads(std::size_t tables) : points(tables), backs(tables) {}
    std::vector<std::vector<plan::PointRead>> points;
    std::vector<std::vector<WindowRead>> backs;
  };

  void start(const std::vector<Pair>& pairs, std::span<const std::vector<int>> ids,
             std::span<const float> images);
  void compute_originals(std::span<const float> images);
  void run_samples();
  void run_shared(WindowPrograms::Shared& shared, const std::vector<WindowSample>& samples,
                  OwnBuckets& buckets);
  void run_shared_batch(SharedBatch& batch);
  Reads shared_reads(const SharedBatch& batch) const;
  void run_own(OwnBuckets& buckets, const SharedBatch& batch);
  void run_own_batch(const OwnBuckets::Bucket& bucket, std::span<const OwnBuckets::Entry> entries,
                     const SharedBatch& batch);
  void count(double sample_cost, std::size_t samples, int batch);
  void run(int program, plan::Call call, Reads reads);
  plan::Occluder occluder(const WindowSample& sample) const;

  const Run& run_;
  plan::Session& session_;
  WindowPrograms& programs_;
  std::vector<int> layers_;
  WindowGroup group_;
  int cut_ = 0;                 ///< in hand
  double paid_ = 0, used_ = 0;  ///< costs of whole batches so far, and of their samples
  WindowTables own_tables_;     ///< of the call in hand
  plan::Reply reply_;           ///< the originals'
  Pipeline pipeline_;
};

}  // namespace rfmap::run
