#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rfmap/graph.h"

/// Programs are what engines run: a short list of steps over N, C, H, W values of a fixed batch.
/// The memory layout of a value is the engine's own business; what crosses the seam is C, H, W.
namespace rfmap {

/// A tensor of a program: `batch` samples of `shape`. A resident value keeps its content between
/// calls and is shared by all programs of a session that name the same `resident` index.
struct Value {
  Shape shape;
  int batch = 1;
  int resident = -1;  ///< index into ProgramSet::residents, or -1: scratch of this program
  std::string layer;  ///< for messages and benchmarks
};

/// output <- Call::images, [output.batch, C, H, W]; no inputs.
struct LoadImages {};

/// output[n] = input image Call::occluders[n].image with the occluder's patch over it.
/// Input: a resident value of images (its batch is the number of image slots).
struct Occlude {};

/// Runs one operation of the graph on every sample, then adds the last input if `residual`
/// (same shape as the output), then applies the activation if there is one.
struct Compute {
  Operation op;
  bool residual = false;
  std::optional<Activation> activation;
};

/// How a map becomes one number (method.md, "response").
enum class Response { location, max, sum };

/// Reply::responses[n * reads + i] = response of Call::reads[table][i] in sample n of the input.
struct ReadResponse {
  Response kind = Response::location;
  int table = 0;
};

/// Reply::extrema[table][n * units + i]: spatial maximum (or minimum) of channel channels[i] in
/// sample n of the input and where it lies first in row-major order.
struct ReadExtrema {
  bool minimum = false;
  std::vector<int> channels;
  int table = 0;
};

/// Copies a whole value to the host, Reply::maps[table], [batch, C, H, W]. Tests and tools only.
struct ReadMap {
  int table = 0;
};

using StepKind = std::variant<LoadImages, Occlude, Compute, ReadResponse, ReadExtrema, ReadMap>;

struct Step {
  StepKind kind;
  std::vector<int> inputs;  ///< indices of values
  int output = -1;          ///< index of a value, or -1 for steps that reply to the host
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

}  // namespace rfmap
