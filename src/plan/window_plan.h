#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rfmap/occlusion.h"

#include "plan/window_program.h"

namespace rfmap {

/// Windows that all pairs of an image share, for the steps before a cut.
struct SharedWindows {
  OwnPart part;
  AxisWindows y, x;
  std::vector<int> frontier;  ///< values that steps from the cut on read
};

/// Windows of one target's own part, for the steps from a cut on.
struct OwnWindows {
  std::vector<OwnPart> parts;  ///< by group of the selected convolution; one where there is none
  AxisWindows y, x;
  int channels_per_group = 0;  ///< of the target
};

/// Mean height and width of a window, cells.
struct MeanSize {
  double h = 0, w = 0;
};

/// Counted work, multiply-adds; copies and samples count at their price.
struct WindowCosts {
  std::vector<double> shared;            ///< [step] a grid position
  std::vector<std::vector<double>> own;  ///< [target][step] a pair, over the whole grid
  std::vector<double> samples;           ///< [target] grid positions that touch a pair's field
  double full = 0;                       ///< a full pass
  std::vector<MeanSize> shared_size;     ///< [step] of what an occluder changes
  std::vector<std::vector<MeanSize>> own_size;  ///< [target][step] of what counts, where any does
};

struct WindowPlanOptions {
  int first_resident = 0;  ///< of the session that is the plan's
  int slots = 1;           ///< images whose windows may go together
  bool ragged = false;     ///< Engine::ragged_windows
};

/// Plans the windowed passes of some layers. Its residents in a session: the images, then the
/// originals' map of every value that is cropped, a slot an image each.
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

  /// Images and originals' maps; resident index = first_resident + place.
  const std::vector<Value>& originals() const { return originals_; }
  /// Forward pass of all slots' images that writes them; then, for each target, a ReadMap of it
  /// (max, sum) or a ReadResponse (location), table = place of the target.
  Program original_program() const;

  /// First step that each pair runs on its own (steps() : none) for a job with so many pairs a
  /// target and so many grid positions; the one of least cost.
  int choose_cut(std::span<const double> pairs, double positions) const;
  /// The plan of such a job in words, a line a step: windows, who shares them, multiply-adds of
  /// windows and of full passes.
  std::vector<std::string> describe(std::span<const double> pairs, double positions) const;
  /// Its cost, in multiply-adds.
  double cost(int cut, std::span<const double> pairs, double positions) const;
  /// Mean costs of one sample: of windows shared up to a cut, and of a target's own from it on.
  double shared_sample_cost(int cut) const;
  double own_sample_cost(int cut, int target) const;

  SharedWindows shared_windows(int cut) const;
  OwnWindows own_windows(int cut, int target) const;

  /// Values of a frontier at class sizes, to become residents.
  std::vector<Value> frontier_values(const SharedWindows& shared, int class_y, int class_x,
                                     int batch) const;

  struct SharedProgram {
    int class_y = 0, class_x = 0;
    int batch = 1;
    int first_frontier = 0;  ///< resident of frontier[0]
    std::vector<int> reads;  ///< targets (places) read, by table
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
  /// Bytes of the values of a sample whose windows are all shared: no cut needs many more.
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

}  // namespace rfmap
