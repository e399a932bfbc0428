#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "plan/program.h"
#include "plan/windows/class.h"
#include "plan/windows/net.h"

namespace rfmap::plan {

/// Rows of weight matrices that several programs use: equal slices are one object, so that engines
/// prepare them only once.
class SliceCache {
 public:
  /// Values begin..end-1 of `all`; `all` itself if that is everything; null stays null.
  Floats slice(const Floats& all, std::size_t begin, std::size_t end);

 private:
  std::map<std::tuple<const void*, std::size_t, std::size_t>, Floats> slices_;
};

/// Window size of every value of a part, for one class per axis.
struct WindowSizes {
  const AxisWindows* y = nullptr;
  const AxisWindows* x = nullptr;
  int class_y = 0, class_x = 0;

  int count() const { return y ? int(y->nodes.size()) : 0; }
  int index(int node) const;  ///< index of a node among the windows, or -1
  Size size(int index) const { return {y->classes[class_y][index], x->classes[class_x][index]}; }
};

/// The inputs of a windowed program.
struct WindowProgramSpec {
  const WindowNet* net = nullptr;
  const OwnPart* part = nullptr;  ///< steps and channels
  WindowSizes windows;            ///< windows of the part's values: tables 0 .. count - 1
  WindowSizes frontier;           ///< shared windows that the part reads: the tables after those
  std::map<int, int> frontier_residents;  ///< node -> resident with its shared windows
  std::map<int, int>
      original_residents;   ///< node -> resident with the originals' maps (node 0: images)
  std::map<int, int> kept;  ///< node -> resident that its windows are written to
  std::vector<int> reads;   ///< nodes read by ReadPoints, table = index in this list
  Response response = Response::location;
  const std::vector<Value>* residents = nullptr;
  int batch = 1;
};

Program window_program(const WindowProgramSpec& spec, SliceCache& slices);

}  // namespace rfmap::plan
