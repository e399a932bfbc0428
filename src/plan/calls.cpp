#include "plan/calls.h"

#include "rfmap/error.h"

#include "core/overloaded.h"

namespace rfmap::plan {
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

void check_points(const Program& program, const Step& step, const ReadPoints& read,
                  const Call& call) {
  if (call.points.size() <= std::size_t(read.table))
    refuse(program.name, counted(call.points.size(), "tables of points", read.table + 1));
  const Value& value = program.values[step.inputs.front()];
  for (const PointRead& r : call.points[read.table]) {
    const bool sample = r.sample >= 0 && r.sample < value.batch;
    const bool channel = r.channel >= 0 && r.channel < value.shape.c;
    const bool inside = r.position.y >= 0 && r.position.y < value.shape.h && r.position.x >= 0 &&
                        r.position.x < value.shape.w;
    if (!sample || !channel || !inside)
      refuse(program.name, "a point lies outside the window of " + value.layer);
  }
}

void check_size(const Program& program, std::size_t got, const std::string& noun, int wanted) {
  if (got != std::size_t(wanted)) refuse(program.name, counted(got, noun, std::size_t(wanted)));
}

void check_changed_map(const ProgramSet& set, const Program& program, const Step& step,
                       const ChangedMap& map, const Call& call) {
  const int batch = program.values[step.output].batch;
  const auto windows = [&](int table, int samples) {
    if (table >= int(call.windows.size()))
      refuse(program.name,
             counted(call.windows.size(), "tables of windows", std::size_t(table) + 1));
    check_size(program, call.windows[table].size(), "windows", samples);
    check_size(program, call.live.size() > std::size_t(table) ? call.live[table].size() : 0,
               "live windows", samples);
  };
  check_occluders(set, program, step, call);
  windows(map.window, batch);
  if (map.selected) check_size(program, call.channels.size(), "channels", batch);
  if (map.paste_window < 0) return;
  const int samples = program.values[step.inputs.back()].batch;
  windows(map.paste_window, samples);
  if (!map.parents) return;
  check_size(program, call.parents.size(), "parents", batch);
  for (int parent : call.parents)
    if (parent < 0 || parent >= samples)
      refuse(program.name, "sample " + std::to_string(parent) + " does not exist");
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
    } else if (const auto* points = std::get_if<ReadPoints>(&step.kind)) {
      check_points(program, step, *points, call);
    } else if (const auto* crop = std::get_if<CropWindow>(&step.kind)) {
      check_changed_map(set, program, step, *crop, call);
    } else if (const auto* gather = std::get_if<GatherWindow>(&step.kind)) {
      check_changed_map(set, program, step, *gather, call);
    } else if (std::holds_alternative<SelectedConv>(step.kind)) {
      check_size(program, call.channels.size(), "channels", program.values[step.output].batch);
    }
  }
}

void check_patches(const ProgramSet& set, std::span<const float> patches) {
  const std::size_t channels =
      set.residents.empty() ? 0 : std::size_t(set.residents.front().shape.c);
  const std::size_t wanted = channels * set.patches * set.patch.h * set.patch.w;
  if (patches.size() != wanted) throw EngineError(counted(patches.size(), "patch values", wanted));
}

void append(ProgramSet& set, const std::vector<Value>& residents,
            const std::vector<Program>& programs) {
  set.residents.insert(set.residents.end(), residents.begin(), residents.end());
  set.programs.insert(set.programs.end(), programs.begin(), programs.end());
  for (const Program& program : programs) {
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
    const auto read = core::Overloaded{
        [](const LoadImages&) {},
        [](const Occlude&) {},
        [](const Compute&) {},
        [&](const ReadResponse& r) {
          make_table(reply.responses, r.table, batch * call.reads[r.table].size());
        },
        [&](const ReadExtrema& r) {
          make_table(reply.extrema, r.table, batch * r.channels.size());
        },
        [&](const ReadMap& r) { make_table(reply.maps, r.table, batch * value.shape.volume()); },
        [](const CropWindow&) {},
        [](const GatherWindow&) {},
        [](const SelectedConv&) {},
        [](const WindowAverage&) {},
        [&](const ReadPoints& r) {
          make_table(reply.responses, r.table, call.points[r.table].size());
        }};
    std::visit(read, step.kind);
  }
}

void throw_not_finite(const std::string& layer) {
  throw EngineError(layer +
                    ": NaN or infinity among its activations; check the preprocessing and "
                    "the model's weights");
}

}  // namespace rfmap::plan
