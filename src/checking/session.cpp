#include "checking/session.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "rfmap/error.h"

#include "plan/calls.h"
#include "plan/describe.h"

namespace rfmap::checking {
using namespace plan;
namespace {

ProgramSet empty_like(const ProgramSet& set) { return {{}, {}, set.patch, set.patches}; }

std::pair<std::string, bool> layer_of(const Program& program, int value) {
  const int maker = maker_of(program, value);
  return {program.values[value].layer,
          maker >= 0 && std::holds_alternative<CropWindow>(program.steps[maker].kind)};
}

bool reads_sums(const StepKind& kind) {
  const auto* whole = std::get_if<ReadResponse>(&kind);
  const auto* window = std::get_if<ReadPoints>(&kind);
  return (whole && whole->kind == Response::sum) || (window && window->kind == Response::sum);
}

}  // namespace

CheckingSession::CheckingSession(Engine& tested, Engine& reference, const ProgramSet& set,
                                 float tolerance)
    : tested_name_(tested.name()),
      reference_name_(reference.name()),
      tested_(tested.compile(empty_like(set))),
      reference_(reference.compile(empty_like(set))),
      tolerance_(tolerance) {
  add(set.residents, set.programs);
}

void CheckingSession::set_patches(std::span<const float> patches) {
  tested_->set_patches(patches);
  reference_->set_patches(patches);
}

void CheckingSession::add(const std::vector<Value>& residents,
                          const std::vector<Program>& programs) {
  std::vector<Watched> added;
  std::vector<Program> tested, reference;
  for (const Program& program : programs) {
    added.push_back(watch(program));
    tested.push_back(with_maps(added.back(), false));
    reference.push_back(with_maps(added.back(), true));
  }
  tested_->add(residents, tested);
  reference_->add(residents, reference);
  for (Watched& watched : added) {
    watched.tested = tested_programs_++;
    programs_.push_back(std::move(watched));
  }
}

void CheckingSession::run(int index, const Call& call, Reply& reply) {
  reference_->run(index, call, want_);
  const Watched& watched = programs_[index];
  note_magnitudes(watched, call);
  try {
    tested_->run(watched.tested, call, reply);
  } catch (const OutOfMemory&) {
    throw;
  } catch (const EngineError&) {
    find_step(watched, call);
    throw;
  }
  compare_replies(watched, call, reply);
  reply.maps.resize(std::size_t(watched.first_map));
}

void CheckingSession::note_magnitudes(const Watched& watched, const Call& call) {
  const Program& program = watched.program;
  for (int i = 0; i < int(program.steps.size()); ++i) {
    const int value = program.steps[i].output;
    if (value < 0) continue;
    const Shape& shape = program.values[value].shape;
    Magnitude& magnitude = magnitudes_[layer_of(program, value)];
    std::vector<float> sums(std::size_t(program.values[value].batch) * shape.c);
    for_needed(program, value, call, [&](const Place& at) {
      const float size = std::fabs(want_.maps[watched.map_table(i)][index_of(shape, at)]);
      if (!std::isfinite(size)) return;
      magnitude.largest = std::max(magnitude.largest, size);
      sums[std::size_t(at.sample) * shape.c + at.channel] += size;
    });
    for (float sum : sums) magnitude.largest_sum = std::max(magnitude.largest_sum, sum);
  }
}

float CheckingSession::allowed(const Program& program, const Step& step) const {
  const int value = step.output >= 0 ? step.output : step.inputs.front();
  const auto found = magnitudes_.find(layer_of(program, value));
  if (found == magnitudes_.end()) return 0;
  const Magnitude& magnitude = found->second;
  return tolerance_ * (reads_sums(step.kind) ? magnitude.largest_sum : magnitude.largest);
}

void CheckingSession::compare_replies(const Watched& watched, const Call& call,
                                      const Reply& reply) {
  const Program& program = watched.program;
  for (int i = 0; i < int(program.steps.size()); ++i) {
    const Step& step = program.steps[i];
    if (step.output >= 0 && !writes_resident(program, step)) continue;
    const Difference difference = compare_step(watched, i, call, reply, want_);
    if (difference.size <= allowed(program, step)) continue;
    find_step(watched, call);
    throw EngineError(report(program, step, difference) +
                      "; every step's output by itself is the same in both");
  }
}

/// Throws where a step's output is not the reference's.
void CheckingSession::find_step(const Watched& watched, const Call& call) {
  const Program& program = watched.program;
  for (int i = 0; i < int(program.steps.size()); ++i) {
    const Step& step = program.steps[i];
    if (step.output < 0) continue;
    tested_->add({}, {cut_after(watched, i)});
    Reply reply;
    tested_->run(tested_programs_++, call, reply);
    const Difference difference = compare_step(watched, i, call, reply, want_);
    if (difference.size > allowed(program, step))
      throw EngineError(report(program, step, difference));
  }
}

std::string CheckingSession::report(const Program& program, const Step& step,
                                    const Difference& difference) const {
  const Place& at = difference.place;
  std::ostringstream text;
  text << describe_step(program, step) << ": " << tested_name_ << " and " << reference_name_
       << " differ by " << difference.size << " (" << difference.got << " and " << difference.want
       << ") in sample " << at.sample << ", channel " << at.channel << ", row " << at.cell.y
       << ", column " << at.cell.x << ", where " << allowed(program, step) << " (" << tolerance_
       << " of the layer's largest) is allowed";
  return text.str();
}

}  // namespace rfmap::checking
