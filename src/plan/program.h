#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rfmap/graph.h"
#include "rfmap/occlusion.h"

#include "graph/gather.h"

/// Programs are what engines run: a short list of steps over N, C, H, W values of a fixed batch.
/// Each engine chooses the memory layout of its values; a session's inputs and outputs are in C, H,
/// W order.
namespace rfmap::plan {

/// A tensor of a program: `batch` samples of `shape`. A resident value keeps its content between
/// calls and is shared by all programs of a session that name the same `resident` index.
struct Value {
  Shape shape;
  int batch = 1;
  int resident = kNone;  ///< index into ProgramSet::residents; none: scratch of this program
  std::string layer;     ///< for messages and benchmarks
  int window = kNone;    ///< table of Call::windows that says where each sample lies
};

/// output <- Call::images, [output.batch, C, H, W]; no inputs.
struct LoadImages {};

/// output[n] = input image Call::occluders[n].image with the occluder's patch over it.
/// Input: a resident value of images (its batch is the number of image slots).
struct Occlude {};

/// Runs one operation of the graph on every sample, then adds the last input if `residual` (same
/// shape as the output), then applies the activation, if any.
struct Compute {
  Operation op;
  bool residual = false;
  std::optional<Activation> activation;
};

/// Reply::responses[n * reads + i] = response of Call::reads[table][i] in sample n of the input.
struct ReadResponse {
  Response kind = Response::location;
  int table = 0;
};

/// Reply::extrema[table][n * units + i]: spatial maximum (or minimum) of channel channels[i] in
/// sample n of the input, and its first position in row-major order.
struct ReadExtrema {
  bool minimum = false;
  std::vector<int> channels;
  int table = 0;
};

/// Copies a complete value to the host, Reply::maps[table], [batch, C, H, W]. Tests and tools only.
struct ReadMap {
  int table = 0;
};

// Windows (docs/windows.md): a windowed value holds, for each sample, only the part of a map around
// what an occluder changes. A table of the call, Call::windows, gives the position of each sample's
// part: the top left cell of sample n's window in the complete map. The values outside are known
// from the original's maps, which are resident, one slot per image (Call::occluders[n].image is the
// slot). A sample may need less than its window: Call::live. An engine may compute all of it, or
// only the live cells.

/// What a window is made from: map inputs[0] of sample n's slot, channels from `first_channel`
/// (`selected`: the one channel Call::channels[n], pasted from channel 0). The changed cells are
/// pasted over them: inputs[1], sample p (Call::parents[n], or n), its window at
/// windows[paste_window][p], its channels from `paste_channel`; or, with `occluder` and no second
/// input, the occluder's patch.
struct ChangedMap {
  int window = 0;  ///< table of the window that is made
  int first_channel = 0;
  int paste_window = kNone;
  int paste_channel = 0;
  bool parents = false;
  bool selected = false;
  bool occluder = false;
};

/// output[n] = the cells of a changed map that a window of the next operation reads: they begin at
/// windows[window][n] * stride - pad; `border` beyond the map.
struct CropWindow : ChangedMap {
  Size stride{1, 1}, reach{1, 1};  ///< reach: cells of the input that one cell of the window reads
  Point pad;
  float border = 0;
};

/// output[n] = the window of an operation that differs from position to position, from a changed
/// map: cell i of the window is position windows[window][n] + i of `gather`, whose channels count
/// from those of the changed map.
struct GatherWindow : ChangedMap {
  graph::Gather gather;
};

/// Convolution without padding for which each sample needs only one output channel,
/// Call::channels[n] (counted in `conv`); the input holds only the channels of that channel's
/// group. Output: 1 channel.
struct SelectedConv {
  Conv conv;
  std::optional<Activation> activation;
};

/// Average pooling of a crop (zeros beyond the map); the divisor follows from the absolute position
/// of the window, windows[window][n], in a map of `map` cells.
struct WindowAverage {
  Pool pool;
  int window = 0;
  Size map;
};

/// Reply::responses[table][i] = Call::points[table][i] of the input: one cell of the window
/// (location), or the maximum or sum over the live cells of that sample's window and channel.
struct ReadPoints {
  Response kind = Response::location;
  int table = 0;
};

using StepKind = std::variant<LoadImages, Occlude, Compute, ReadResponse, ReadExtrema, ReadMap,
                              CropWindow, GatherWindow, SelectedConv, WindowAverage, ReadPoints>;

struct Step {
  StepKind kind;
  std::vector<int> inputs;  ///< indices of values
  int output = kNone;       ///< index of a value; none for steps that reply to the host
};

struct Program {
  std::string name;  ///< for messages and benchmarks
  std::vector<Value> values;
  std::vector<Step> steps;
};

/// Programs that run in one session and the values that they share.
struct ProgramSet {
  std::vector<Value> residents;
  std::vector<Program> programs;
  Size patch;       ///< occluder's height and width
  int patches = 0;  ///< number of patches that Session::set_patches will give
};

}  // namespace rfmap::plan
