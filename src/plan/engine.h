#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rfmap/ties.h"

#include "plan/program.h"

namespace rfmap::plan {

/// One occluded copy: patch `patch` laid over image slot `image` with its top left corner at
/// `origin` (may hang over the border). Without a patch: null occluder, the copy equals the
/// original.
struct Occluder {
  Point origin;
  int patch = kNone;
  int image = 0;
};

/// A value that ReadResponse reads from each sample; the position is used for Response::location
/// only.
struct Read {
  int channel = 0;
  Point position;
};

/// Spatial extremum of one channel of one sample.
struct Extremum {
  float value = 0;
  Point position;  ///< the first in row-major order
  Ties ties;       ///< all positions that attain it; only the count if the value is 0
};

/// One cell of one sample's window, counted from the window's top left corner.
struct PointRead {
  int sample = 0;
  int channel = 0;
  Point position;
};

/// The inputs of one run of a program. Spans must live until run() returns.
struct Call {
  std::span<const float> images;             ///< LoadImages: [batch, C, H, W]
  std::span<const Occluder> occluders;       ///< Occlude: one per sample
  std::vector<std::span<const Read>> reads;  ///< ReadResponse: by table; same reads for all samples

  // Windowed programs; occluders give the image slot of every sample too.
  std::vector<std::span<const Point>> windows;     ///< by table: each sample's window in its map
  std::vector<std::span<const Rect>> live;         ///< by table: needed cells of the map
  std::span<const int> parents;                    ///< ChangedMap: sample that is pasted
  std::span<const int> channels;                   ///< SelectedConv and the steps after it
  std::vector<std::span<const PointRead>> points;  ///< ReadPoints: by table

  /// Sample n's live cells of a window, counted from the window's top left corner.
  Rect live_cells(int window, int n) const {
    const Rect& cells = live[window][n];
    const Point at = windows[window][n];
    return {cells.y0 - at.y, cells.x0 - at.x, cells.y1 - at.y, cells.x1 - at.x};
  }
};

/// The results of a run, by table of the reading step. Engines resize the vectors.
struct Reply {
  std::vector<std::vector<float>> responses;   ///< [table][sample * reads + i], or [table][point]
  std::vector<std::vector<Extremum>> extrema;  ///< [table][sample * channels + i]
  std::vector<std::vector<float>> maps;        ///< [table][N, C, H, W]
};

/// Compiled programs with their memory. Not for use by several threads at once.
class Session {
 public:
  virtual ~Session() = default;
  /// Patches in network values, [patches, C, patch.h, patch.w]; kept until set again.
  virtual void set_patches(std::span<const float> patches) = 0;
  /// Appends residents and programs; existing indices do not change. A resident that several
  /// programs use must have been written before it is read.
  virtual void add(const std::vector<Value>& residents, const std::vector<Program>& programs) = 0;
  /// Runs one program to the end. The same call gives the same bits. Throws EngineError naming the
  /// layer on library errors and if a read value is NaN or infinite.
  virtual void run(int program, const Call& call, Reply& reply) = 0;
  /// As run(), but the reply is collected later, in the order of submission, so that the engine and
  /// the host can work at the same time. The data behind the call's spans may change once this
  /// returns. At most depth() calls may be submitted and not collected, and none when run() or
  /// set_patches() is called.
  virtual void submit(int program, const Call& call) { run(program, call, submitted_); }
  virtual void collect(Reply& reply) { std::swap(reply, submitted_); }
  virtual int depth() const { return 1; }
  /// Bytes held for values, weights and scratch.
  virtual std::size_t memory_bytes() const = 0;

 private:
  Reply submitted_;
};

struct EngineOptions {
  std::optional<int> threads;      ///< all cores of the process if not given
  std::string precision = "auto";  ///< auto, fp32, tf32, fp16, bf16; the CPU's engines have fp32
};

/// A way to run programs. Knows nothing of networks, files or receptive fields.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;
  /// One line for results and `rfmap devices`: library, version, instruction set, threads.
  virtual std::string description() const = 0;
  /// True if a sample costs only what its live cells cost, so that windows of many sizes can share
  /// a batch.
  virtual bool ragged_windows() const { return false; }
  /// Also stores choices made by timing (a library's plans) in `folder`, and reuses choices stored
  /// there, so that a resumed run computes as it began. To be called before anything is compiled.
  virtual void keep_choices(const std::string& folder) { static_cast<void>(folder); }
  /// Lines for --verbose: what its sessions have computed in which way, and how often.
  virtual std::vector<std::string> report() const { return {}; }
  virtual std::unique_ptr<Session> compile(const ProgramSet& set) = 0;
};

}  // namespace rfmap::plan
