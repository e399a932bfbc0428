#include "cpu/session.h"

#include <algorithm>

#include "rfmap/error.h"

#include "core/overloaded.h"
#include "cpu/operations.h"
#include "onednn/threads.h"
#include "plan/calls.h"
#include "plan/describe.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

constexpr std::size_t kAlignment = 64;

std::string library_text(const dnnl::error& error) {
  return std::string("oneDNN: ") + error.what() + " (status " + std::to_string(error.status) + ")";
}

/// Steps that make their output's buffer themselves, in a layout of their choice.
bool is_computed(const StepKind& kind) {
  return std::holds_alternative<Compute>(kind) || std::holds_alternative<CropWindow>(kind) ||
         std::holds_alternative<GatherWindow>(kind) || std::holds_alternative<SelectedConv>(kind) ||
         std::holds_alternative<WindowAverage>(kind);
}

/// The complete step: operation, residual, activation.
int compile_compute(Builder& builder, const Operation& operation, Job job) {
  std::optional<int> live;
  if (job.window >= 0) live = compute_live(builder, operation, job);
  const auto compile = [&](const auto& op) { return compile_operation(builder, op, job); };
  int result = live ? *live : std::visit(compile, operation);
  if (job.residual >= 0) result = add_residual(builder, result, job.residual);
  if (job.activation) result = activate(builder, *job.activation, result);
  return result;
}

}  // namespace

CpuSession::CpuSession(const dnnl::engine& engine, const ProgramSet& set, int threads)
    : engine_(engine), stream_(engine), threads_(threads), constants_(engine) {
  set_.patch = set.patch;
  set_.patches = set.patches;
  add(set.residents, set.programs);
}

void CpuSession::add(const std::vector<Value>& residents, const std::vector<Program>& programs) {
  append(set_, residents, programs);
  residents_.resize(set_.residents.size());
  const ThreadScope scope(threads_);
  const std::size_t first = programs_.size();
  for (const Program& program : programs) compile(program);
  std::size_t bytes = 0;
  for (const Compiled& program : programs_) bytes = std::max(bytes, program.arena_bytes);
  const bool grows = arena_.size() < bytes + kAlignment;
  if (grows) arena_ = std::vector<std::byte>(bytes + kAlignment);
  const auto misplaced = reinterpret_cast<std::uintptr_t>(arena_.data()) % kAlignment;
  for (std::size_t i = grows ? 0 : first; i < programs_.size(); ++i)
    programs_[i].bind(arena_.data() + (kAlignment - misplaced));
}

/// The images lie plain; maps and windows that programs keep lie channels last.
int CpuSession::resident_buffer(Builder& builder, int resident) {
  const Value& value = set_.residents[resident];
  if (!residents_[resident])
    residents_[resident] = dnnl::memory(plain_desc(value.batch, value.shape), engine_);
  return builder.add_fixed(residents_[resident]);
}

void CpuSession::keep(Builder& builder, int resident, int buffer) {
  if (!residents_[resident]) {
    const Value& value = set_.residents[resident];
    residents_[resident] = dnnl::memory(channels_last_desc(value.batch, value.shape), engine_);
  }
  builder.copy(buffer, builder.add_fixed(residents_[resident]));
}

void CpuSession::compile(const Program& program) {
  Builder builder(engine_, constants_);
  std::vector<int> buffer_of(program.values.size(), -1);
  const std::vector<Lifetime> live = lifetimes(program);
  for (int i = 0; i < int(program.steps.size()); ++i) {
    const Step& step = program.steps[i];
    builder.begin_step(i, describe_step(program, step));
    try {
      compile_step(builder, program, i, buffer_of);
    } catch (const dnnl::error& error) {
      throw EngineError(describe_step(program, step) + ": " + library_text(error));
    }
    if (step.output >= 0) builder.hold(buffer_of[step.output], live[step.output].last);
  }
  programs_.push_back(builder.finish());
}

void CpuSession::compile_step(Builder& builder, const Program& program, int index,
                              std::vector<int>& buffer_of) {
  const Step& step = program.steps[index];
  const auto resolve = [&](int i) {
    if (const int resident = program.values[i].resident; resident >= 0 && buffer_of[i] < 0)
      buffer_of[i] = resident_buffer(builder, resident);
  };
  for (int i : step.inputs) resolve(i);
  const bool makes_own = is_computed(step.kind);
  if (step.output >= 0 && !makes_own) resolve(step.output);
  const auto input = [&] { return buffer_of[step.inputs.front()]; };
  const auto value = [&]() -> const Value& { return program.values[step.inputs.front()]; };
  if (step.output >= 0 && buffer_of[step.output] < 0 && !makes_own) {
    const Value& made = program.values[step.output];
    buffer_of[step.output] = builder.add(plain_desc(made.batch, made.shape));
  }
  const auto paste = [&](const ChangedMap& op) {
    return op.paste_window >= 0 ? buffer_of[step.inputs.back()] : -1;
  };
  const auto set_output = [&](int buffer) {
    const int resident = program.values[step.output].resident;
    buffer_of[step.output] = buffer;
    if (resident >= 0) keep(builder, resident, buffer);
  };
  const auto compile = core::Overloaded{
      [&](const LoadImages&) { load_images(builder, buffer_of[step.output]); },
      [&](const Occlude&) { occlude(builder, input(), buffer_of[step.output], value().shape); },
      [&](const Compute& compute) {
        set_output(compile_compute(builder, compute.op, make_job(program, step, buffer_of)));
      },
      [&](const ReadResponse& read) { read_responses(builder, read, input(), value()); },
      [&](const ReadExtrema& read) { read_extrema(builder, read, input(), value()); },
      [&](const ReadMap& read) { read_map(builder, read, input()); },
      [&](const CropWindow& op) {
        set_output(crop(builder, op, input(), paste(op), program.values[step.output]));
      },
      [&](const GatherWindow& op) {
        set_output(gather(builder, op, input(), paste(op), program.values[step.output]));
      },
      [&](const SelectedConv& op) {
        set_output(
            selected_convolution(builder, op, input(), value().shape, program.values[step.output]));
      },
      [&](const WindowAverage& op) {
        set_output(
            window_average(builder, op, input(), value().shape, program.values[step.output]));
      },
      [&](const ReadPoints& read) { read_points(builder, read, input(), value()); },
  };
  std::visit(compile, step.kind);
}

void CpuSession::set_patches(std::span<const float> patches) {
  check_patches(set_, patches);
  patches_.assign(patches.begin(), patches.end());
}

void CpuSession::run(int index, const Call& call, Reply& reply) {
  check_call(set_, index, call);
  if (patches_.empty() && set_.patches > 0 && !call.occluders.empty())
    throw EngineError("patches are not set");
  size_reply(set_.programs[index], call, reply);
  const ThreadScope scope(threads_);
  Run run{call, reply, stream_, patches_, set_.patch};
  for (const Kernel& kernel : programs_[index].kernels) {
    try {
      kernel.run(run);
    } catch (const dnnl::error& error) {
      throw EngineError(kernel.layer + ": " + library_text(error));
    }
  }
  stream_.wait();
}

std::size_t CpuSession::memory_bytes() const {
  std::size_t bytes = arena_.size() + constants_.bytes() + patches_.size() * sizeof(float);
  for (const dnnl::memory& resident : residents_)
    if (resident) bytes += resident.get_desc().get_size();
  return bytes;
}

}  // namespace rfmap::cpu
