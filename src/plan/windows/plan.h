#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rfmap/occlusion.h"

#include "plan/windows/program.h"

namespace rfmap::plan {

/// Windows that all pairs of an image share, for the steps before a cut.
struct SharedWindows {
  OwnPart part;
  AxisWindows y, x;
  std::vector<int> frontier;  ///< values read by the steps after the cut
};

/// Windows of one target's own part, for the steps from a cut on.
struct OwnWindows {
  std::vector<OwnPart> parts;  ///< by group of the selected convolution; one part if there is none
  AxisWindows y, x;
  int channels_per_group = 0;  ///< channels per group of the target
};

/// Mean height and width of a window, cells.
struct MeanSize {
  double h = 0, w = 0;
};

/// Counted work, multiply-adds; copies and samples count at their cost (cost.h).
struct WindowCosts {
  std::vector<double> shared;            ///< [step] per grid position
  std::vector<std::vector<double>> own;  ///< [target][step] per pair, over the complete grid
  std::vector<double> samples;           ///< [target] grid positions that touch a pair's field
  double full = 0;                       ///< cost of a full pass
  std::vector<MeanSize> shared_size;     ///< [step] size of the changed cells
  std::vector<std::vector<MeanSize>> own_size;  ///< [target][step] size of the needed cells
};

struct WindowPlanOptions {
  int first_resident = 0;  ///< index of the plan's first resident in the session
  int slots = 1;           ///< images whose windows may share a batch
  bool ragged = false;     ///< Engine::ragged_windows
};

/// Plans the windowed passes of some layers. Its residents in a session: the images, then the
/// originals' map of every value that is cropped, each with one slot per image.
class WindowPlan {
 public:
  /// `targets`: nodes of `graph`, all windowable. Response::max and sum have no cone: everything is
  /// shared.
  WindowPlan(const Graph& graph, const std::vector<int>& targets, const Grid& grid,
             Response response, const WindowPlanOptions& options);

  const WindowNet& net() const { return net_; }
  const WindowCosts& costs() const { return costs_; }
  int steps() const { return int(net_.steps.size()); }
  int slots() const { return options_.slots; }
  bool ragged() const { return options_.ragged; }

  /// Images and originals' maps; resident index = first_resident + index here.
  const std::vector<Value>& originals() const { return originals_; }
  /// Forward pass of all slots' images that writes them; then, for each target, a ReadMap (max,
  /// sum) or a ReadResponse (location), table = index of the target.
  Program original_program() const;

  /// First step that each pair runs on its own (steps(): none) for a job with so many pairs per
  /// target and so many grid positions; the one of lowest cost.
  int choose_cut(std::span<const double> pairs, double positions) const;
  /// The plan of such a job as text, one line per step: windows, which are shared, multiply-adds of
  /// windows and of full passes.
  std::vector<std::string> describe(std::span<const double> pairs, double positions) const;
  /// The cost of such a job, in multiply-adds.
  double cost(int cut, std::span<const double> pairs, double positions) const;
  /// Work of one response of a target, alone on its image, in shares of the multiply-adds of full
  /// passes up to the target.
  double share_of_full(int target) const;
  /// Mean costs of one sample: of windows shared up to a cut, and of a target's own windows after
  /// it.
  double shared_sample_cost(int cut) const;
  double own_sample_cost(int cut, int target) const;

  SharedWindows shared_windows(int cut) const;
  OwnWindows own_windows(int cut, int target) const;

  /// Values of a frontier at the sizes of a class; they become residents.
  std::vector<Value> frontier_values(const SharedWindows& shared, int class_y, int class_x,
                                     int batch) const;

  struct SharedProgram {
    int class_y = 0, class_x = 0;
    int batch = 1;
    int first_frontier = 0;  ///< resident of frontier[0]
    std::vector<int> reads;  ///< indices of the targets read, by table
  };
  Program shared_program(const SharedWindows& shared, const SharedProgram& which,
                         const std::vector<Value>& residents);
  struct OwnProgram {
    int target = 0, group = 0;
    int class_y = 0, class_x = 0;
    int batch = 1;
    const SharedWindows* shared = nullptr;  ///< null at cut 0
    SharedProgram frontier;
  };
  Program own_program(const OwnWindows& own, const OwnProgram& which,
                      const std::vector<Value>& residents);
  /// Bytes of the values of a sample whose windows are all shared: no cut needs much more.
  std::size_t sample_bytes();

 private:
  void list_originals();
  std::map<int, int> original_residents() const;

  WindowNet net_;
  Grid grid_;
  Response response_;
  WindowPlanOptions options_;
  std::vector<int> original_nodes_;  ///< node of each of originals_
  std::vector<Value> originals_;
  WindowCosts costs_;
  SliceCache slices_;
};

}  // namespace rfmap::plan
