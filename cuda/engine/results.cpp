#include "engine/results.h"

#include <cmath>
#include <cstring>

#include "core/overloaded.h"
#include "engine/memory.h"
#include "plan/calls.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

/// Calls visit(table of the reply, step) for each reading step.
template <class Visit>
void for_each_table(const Program& program, Reply& reply, Visit visit) {
  for (const Step& step : program.steps) {
    if (step.output >= 0) continue;
    const auto read = core::Overloaded{
        [&](const ReadResponse& r) { visit(reply.responses[r.table], step); },
        [&](const ReadExtrema& r) { visit(reply.extrema[r.table], step); },
        [&](const ReadMap& r) { visit(reply.maps[r.table], step); },
        [&](const ReadPoints& r) { visit(reply.responses[r.table], step); },
        [](const auto&) {},
    };
    std::visit(read, step.kind);
  }
}

template <class Entry>
std::size_t bytes_of(const std::vector<Entry>& table) {
  return table.size() * sizeof(Entry);
}

float number_of(float response) { return response; }
float number_of(const Extremum& extremum) { return extremum.value; }

}  // namespace

ResultLayout lay_out_results(const Program& program, Reply& reply) {
  ResultLayout layout;
  for_each_table(program, reply, [&](const auto& table, const Step&) {
    layout.offsets.push_back(layout.bytes);
    layout.bytes += aligned(bytes_of(table));
  });
  return layout;
}

void unpack_results(const Program& program, const std::byte* block, Reply& reply) {
  for_each_table(program, reply, [&](auto& table, const Step& step) {
    if (!table.empty()) std::memcpy(table.data(), block, bytes_of(table));
    block += aligned(bytes_of(table));
    if (std::holds_alternative<ReadMap>(step.kind)) return;
    for (const auto& entry : table)
      if (!std::isfinite(number_of(entry)))
        throw_not_finite(program.values[step.inputs.front()].layer);
  });
}

}  // namespace rfmap::cuda
