#include "engine/results.h"

#include <cmath>
#include <cstring>

#include "core/overloaded.h"
#include "engine/memory.h"
#include "plan/calls.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

std::size_t result_bytes(const Program& program, const Step& step, const Call& call) {
  const Value& value = program.values[step.inputs.front()];
  const std::size_t batch = value.batch;
  const auto bytes = Overloaded{
      [&](const ReadResponse& r) { return batch * call.reads[r.table].size() * sizeof(float); },
      [&](const ReadExtrema& r) { return batch * r.channels.size() * sizeof(Extremum); },
      [&](const ReadMap&) { return batch * value.shape.volume() * sizeof(float); },
      [&](const ReadPoints& r) { return call.points[r.table].size() * sizeof(float); },
      [](const auto&) { return std::size_t(0); },
  };
  return std::visit(bytes, step.kind);
}

template <class Entry>
void take(const std::byte* from, std::vector<Entry>& to) {
  if (!to.empty()) std::memcpy(to.data(), from, to.size() * sizeof(Entry));
}

void take_finite(const std::byte* from, std::vector<float>& to, const std::string& layer) {
  take(from, to);
  for (float value : to)
    if (!std::isfinite(value)) throw_not_finite(layer);
}

void take_finite(const std::byte* from, std::vector<Extremum>& to, const std::string& layer) {
  take(from, to);
  for (const Extremum& extremum : to)
    if (!std::isfinite(extremum.value)) throw_not_finite(layer);
}

}  // namespace

ResultLayout lay_out_results(const Program& program, const Call& call) {
  ResultLayout layout;
  for (const Step& step : program.steps) {
    if (step.output >= 0) continue;
    layout.offsets.push_back(layout.bytes);
    const std::size_t bytes = result_bytes(program, step, call);
    layout.bytes += aligned(bytes);
  }
  return layout;
}

void unpack_results(const Program& program, const std::byte* block,
                    const std::vector<std::size_t>& offsets, Reply& reply) {
  std::size_t next = 0;
  for (const Step& step : program.steps) {
    if (step.output >= 0) continue;
    const std::byte* from = block + offsets[next++];
    const std::string& layer = program.values[step.inputs.front()].layer;
    const auto unpack = Overloaded{
        [&](const ReadResponse& r) { take_finite(from, reply.responses[r.table], layer); },
        [&](const ReadExtrema& r) { take_finite(from, reply.extrema[r.table], layer); },
        [&](const ReadMap& r) { take(from, reply.maps[r.table]); },
        [&](const ReadPoints& r) { take_finite(from, reply.responses[r.table], layer); },
        [](const auto&) {},
    };
    std::visit(unpack, step.kind);
  }
}

}  // namespace rfmap::cuda
