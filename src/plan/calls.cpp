#include "plan/calls.h"

#include "rfmap/error.h"

#include "plan/overload.h"

namespace rfmap {
namespace {

[[noreturn]] void refuse(const std::string& program, const std::string& what) {
  throw EngineError("program \"" + program + "\": " + what);
}

std::string counted(std::size_t got, const std::string& noun, std::size_t wanted) {
  return std::to_string(got) + " " + noun + " given, " + std::to_string(wanted) + " wanted";
}

void check_occluders(const ProgramSet& set, const Program& program, const Step& step,
                     const Call& call) {
  const int batch = program.values[step.output].batch;
  if (call.occluders.size() != std::size_t(batch))
    refuse(program.name, counted(call.occluders.size(), "occluders", batch));
  const int slots = set.residents[program.values[step.inputs.front()].resident].batch;
  for (const Occluder& occluder : call.occluders) {
    if (occluder.image < 0 || occluder.image >= slots)
      refuse(program.name, "image slot " + std::to_string(occluder.image) + " does not exist");
    if (occluder.patch >= set.patches)
      refuse(program.name, "patch " + std::to_string(occluder.patch) + " does not exist");
  }
}

void check_reads(const Program& program, const Step& step, const ReadResponse& read,
                 const Call& call) {
  if (call.reads.size() <= std::size_t(read.table))
    refuse(program.name, counted(call.reads.size(), "tables of reads", read.table + 1));
  const Value& value = program.values[step.inputs.front()];
  const Shape& shape = value.shape;
  for (const Read& r : call.reads[read.table]) {
    const bool channel = r.channel >= 0 && r.channel < shape.c;
    const bool inside =
        r.position.y >= 0 && r.position.y < shape.h && r.position.x >= 0 && r.position.x < shape.w;
    if (!channel || (read.kind == Response::location && !inside))
      refuse(program.name, "a read lies outside the map of " + value.layer);
  }
}

template <class Table>
void make_table(std::vector<Table>& tables, int index, std::size_t size) {
  if (tables.size() <= std::size_t(index)) tables.resize(index + 1);
  tables[index].resize(size);
}

}  // namespace

void check_call(const ProgramSet& set, int index, const Call& call) {
  if (index < 0 || index >= int(set.programs.size()))
    throw EngineError("program " + std::to_string(index) + " does not exist");
  const Program& program = set.programs[index];
  for (const Step& step : program.steps) {
    if (std::holds_alternative<LoadImages>(step.kind)) {
      const Value& value = program.values[step.output];
      const std::size_t wanted = value.shape.volume() * std::size_t(value.batch);
      if (call.images.size() != wanted)
        refuse(program.name, counted(call.images.size(), "image values", wanted));
    } else if (std::holds_alternative<Occlude>(step.kind)) {
      check_occluders(set, program, step, call);
    } else if (const auto* read = std::get_if<ReadResponse>(&step.kind)) {
      check_reads(program, step, *read, call);
    }
  }
}

void check_programs(const ProgramSet& set) {
  for (const Program& program : set.programs) {
    for (const Value& value : program.values) {
      if (value.resident >= int(set.residents.size()))
        refuse(program.name, "resident value " + std::to_string(value.resident) + " is missing");
      if (value.resident >= 0 && set.residents[value.resident].shape != value.shape)
        refuse(program.name, "resident value of " + value.layer + " has another shape");
    }
    for (const Step& step : program.steps)
      if (const auto* read = std::get_if<ReadExtrema>(&step.kind))
        for (int c : read->channels)
          if (c < 0 || c >= program.values[step.inputs.front()].shape.c)
            refuse(program.name, "channel " + std::to_string(c) + " does not exist in " +
                                     program.values[step.inputs.front()].layer);
  }
}

void size_reply(const Program& program, const Call& call, Reply& reply) {
  for (const Step& step : program.steps) {
    if (step.output >= 0) continue;
    const Value& value = program.values[step.inputs.front()];
    const std::size_t batch = std::size_t(value.batch);
    const auto read = Overload{
        [](const LoadImages&) {},
        [](const Occlude&) {},
        [](const Compute&) {},
        [&](const ReadResponse& r) {
          make_table(reply.responses, r.table, batch * call.reads[r.table].size());
        },
        [&](const ReadExtrema& r) {
          make_table(reply.extrema, r.table, batch * r.channels.size());
        },
        [&](const ReadMap& r) { make_table(reply.maps, r.table, batch * value.shape.volume()); }};
    std::visit(read, step.kind);
  }
}

void throw_not_finite(const std::string& layer) {
  throw EngineError(layer +
                    ": NaN or infinity among its activations; check the preprocessing and "
                    "the model's weights");
}

}  // namespace rfmap
