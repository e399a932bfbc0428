#include "reference/engine.h"

#include <algorithm>
#include <utility>

#include "rfmap/error.h"

#include "core/overloaded.h"
#include "plan/calls.h"
#include "plan/memory.h"
#include "reference/operations.h"
#include "reference/windows.h"

namespace rfmap {
using namespace plan;
namespace {

using reference::Changed;
using reference::Map;
using reference::Pasted;
using Samples = std::vector<Map>;  ///< the batch of one value

class ReferenceSession : public Session {
 public:
  explicit ReferenceSession(const ProgramSet& set) {
    set_.patch = set.patch;
    set_.patches = set.patches;
    add(set.residents, set.programs);
  }

  void add(const std::vector<Value>& residents, const std::vector<Program>& programs) override {
    append(set_, residents, programs);
    for (const Value& value : residents)
      residents_.push_back(Samples(value.batch, reference::make_map(value.shape)));
  }

  void set_patches(std::span<const float> patches) override {
    check_patches(set_, patches);
    patches_.assign(patches.begin(), patches.end());
  }

  void run(int index, const Call& call, Reply& reply) override {
    check_call(set_, index, call);
    const Program& program = set_.programs[index];
    size_reply(program, call, reply);
    values_.assign(program.values.size(), {});
    const std::vector<Lifetime> live = lifetimes(program);
    for (int i = 0; i < int(program.steps.size()); ++i) {
      run_step(program, program.steps[i], call, reply);
      for (int input : program.steps[i].inputs)
        if (live[input].last == i) values_[input].clear();
    }
  }

  std::size_t memory_bytes() const override {
    std::size_t bytes = patches_.size() * sizeof(float);
    for (const Value& value : set_.residents)
      bytes += value.shape.volume() * value.batch * sizeof(float);
    std::size_t scratch = 0;
    for (const Program& program : set_.programs)
      for (const Value& value : program.values)
        if (value.resident < 0) scratch += value.shape.volume() * value.batch * sizeof(float);
    return bytes + scratch;
  }

 private:
  std::size_t patch_channels() const {
    return set_.residents.empty() ? 0 : std::size_t(set_.residents.front().shape.c);
  }

  Samples& samples(const Program& program, int value) {
    const int resident = program.values[value].resident;
    return resident < 0 ? values_[value] : residents_[resident];
  }

  void run_step(const Program& program, const Step& step, const Call& call, Reply& reply) {
    const auto run = core::Overloaded{
        [&](const LoadImages&) { load(program, step, call); },
        [&](const Occlude&) { occlude(program, step, call); },
        [&](const Compute& c) { compute(program, step, c); },
        [&](const ReadResponse& r) { read(program, step, r, call, reply); },
        [&](const ReadExtrema& r) { read(program, step, r, reply); },
        [&](const ReadMap& r) { read(program, step, r, reply); },
        [&](const CropWindow& c) { crop(program, step, c, call); },
        [&](const GatherWindow& g) { gather(program, step, g, call); },
        [&](const SelectedConv& c) { convolve(program, step, c, call); },
        [&](const WindowAverage& a) { average(program, step, a, call); },
        [&](const ReadPoints& r) { read(program, step, r, call, reply); },
    };
    std::visit(run, step.kind);
  }

  /// Fills the step's output with make(sample, shape).
  template <class Make>
  void fill(const Program& program, const Step& step, Make make) {
    const Value& value = program.values[step.output];
    Samples out;
    for (int n = 0; n < value.batch; ++n) out.push_back(make(n, value.shape));
    samples(program, step.output) = std::move(out);
  }

  void load(const Program& program, const Step& step, const Call& call) {
    fill(program, step, [&](int n, const Shape& shape) {
      const float* image = call.images.data() + n * shape.volume();
      return Map{shape, {image, image + shape.volume()}};
    });
  }

  void occlude(const Program& program, const Step& step, const Call& call) {
    const Samples& images = samples(program, step.inputs.front());
    fill(program, step, [&](int n, const Shape&) {
      const Occluder& occluder = call.occluders[n];
      if (occluder.patch >= 0 && patches_.empty()) throw EngineError("patches are not set");
      return occluded(images[occluder.image], occluder);
    });
  }

  void compute(const Program& program, const Step& step, const Compute& compute) {
    fill(program, step, [&](int n, const Shape& shape) {
      reference::Maps in;
      for (int input : step.inputs) in.push_back(&samples(program, input)[n]);
      const Map* residual = compute.residual ? in.back() : nullptr;
      if (residual) in.pop_back();
      Map map = reference::compute(compute.op, in, shape);
      if (residual) map = reference::run(Elementwise{}, {&map, residual}, shape);
      if (compute.activation) map = reference::run(*compute.activation, {&map}, shape);
      return map;
    });
  }

  Pasted pasted(const Program& program, const Step& step, const ChangedMap& op, const Call& call,
                int n) {
    if (op.paste_window < 0) return {};
    const int sample = op.parents ? call.parents[n] : n;
    return {&samples(program, step.inputs.back())[sample], call.windows[op.paste_window][sample],
            op.paste_channel};
  }

  /// The image of a slot with the sample's occluder over it.
  Map occluded(const Map& image, const Occluder& occluder) const {
    const std::size_t patch_size = patch_channels() * set_.patch.h * set_.patch.w;
    const float* patch =
        occluder.patch < 0 ? nullptr : patches_.data() + occluder.patch * patch_size;
    return reference::occlude(image, patch, set_.patch, occluder.origin);
  }

  /// Fills the step's output with make(changed map, window's position, shape).
  template <class Make>
  void fill_windows(const Program& program, const Step& step, const ChangedMap& op,
                    const Call& call, Make make) {
    const Samples& maps = samples(program, step.inputs.front());
    fill(program, step, [&](int n, const Shape& shape) {
      const Map& original = maps[call.occluders[n].image];
      const Map image = op.occluder ? occluded(original, call.occluders[n]) : Map{};
      const int channel = op.selected ? call.channels[n] : op.first_channel;
      const Changed map{op.occluder ? image : original, channel,
                        pasted(program, step, op, call, n)};
      return make(map, call.windows[op.window][n], shape);
    });
  }

  void crop(const Program& program, const Step& step, const CropWindow& op, const Call& call) {
    fill_windows(program, step, op, call, [&](const Changed& map, Point at, const Shape& shape) {
      const Point origin{at.y * op.stride.h - op.pad.y, at.x * op.stride.w - op.pad.x};
      return reference::crop(map, origin, shape, op.border);
    });
  }

  void gather(const Program& program, const Step& step, const GatherWindow& op, const Call& call) {
    fill_windows(program, step, op, call, [&](const Changed& map, Point at, const Shape& shape) {
      return reference::gathered(op.gather, map, at, shape);
    });
  }

  void convolve(const Program& program, const Step& step, const SelectedConv& op,
                const Call& call) {
    const Samples& in = samples(program, step.inputs.front());
    fill(program, step, [&](int n, const Shape& shape) {
      return reference::selected_convolution(op, call.channels[n], in[n], shape);
    });
  }

  void average(const Program& program, const Step& step, const WindowAverage& op,
               const Call& call) {
    const Samples& in = samples(program, step.inputs.front());
    fill(program, step, [&](int n, const Shape& shape) {
      return reference::window_average(op, call.windows[op.window][n], in[n], shape);
    });
  }

  void read(const Program& program, const Step& step, const ReadPoints& read, const Call& call,
            Reply& reply) {
    const std::string& layer = program.values[step.inputs.front()].layer;
    const Samples& windows = samples(program, step.inputs.front());
    const int table = program.values[step.inputs.front()].window;
    std::size_t next = 0;
    for (const PointRead& r : call.points[read.table]) {
      reply.responses[read.table][next++] = reference::read_window(
          read.kind, windows[r.sample], r, call.live_cells(table, r.sample), layer);
    }
  }

  void read(const Program& program, const Step& step, const ReadResponse& read, const Call& call,
            Reply& reply) {
    const std::string& layer = program.values[step.inputs.front()].layer;
    std::size_t next = 0;
    for (const Map& map : samples(program, step.inputs.front()))
      for (const Read& r : call.reads[read.table])
        reply.responses[read.table][next++] = reference::respond(read.kind, map, r, layer);
  }

  void read(const Program& program, const Step& step, const ReadExtrema& read, Reply& reply) {
    const std::string& layer = program.values[step.inputs.front()].layer;
    std::size_t next = 0;
    for (const Map& map : samples(program, step.inputs.front()))
      for (int c : read.channels)
        reply.extrema[read.table][next++] = reference::extremum(map, c, read.minimum, layer);
  }

  void read(const Program& program, const Step& step, const ReadMap& read, Reply& reply) {
    auto to = reply.maps[read.table].begin();
    for (const Map& map : samples(program, step.inputs.front()))
      to = std::copy(map.values.begin(), map.values.end(), to);
  }

  ProgramSet set_;
  std::vector<Samples> residents_, values_;
  std::vector<float> patches_;
};

class ReferenceEngine : public Engine {
 public:
  std::string name() const override { return "reference"; }
  std::string description() const override {
    return "plain loops, sums in double, 1 thread; for tests";
  }
  std::unique_ptr<Session> compile(const ProgramSet& set) override {
    return std::make_unique<ReferenceSession>(set);
  }
};

}  // namespace

Map reference::compute(const Operation& operation, const Maps& in, const Shape& shape) {
  return std::visit([&](const auto& op) { return run(op, in, shape); }, operation);
}

std::unique_ptr<Engine> make_reference_engine() { return std::make_unique<ReferenceEngine>(); }

}  // namespace rfmap
