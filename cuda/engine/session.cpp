#include "engine/session.h"

#include <algorithm>

#include "rfmap/error.h"

#include "core/overloaded.h"
#include "engine/blocks.h"
#include "engine/operations.h"
#include "engine/parts.h"
#include "engine/results.h"
#include "plan/calls.h"
#include "plan/describe.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

constexpr int kFewestRecorded = 2;  // recording a single launch saves nothing

/// Runs `work`; a device error becomes a message that begins with `where`.
template <class F>
void guarded(const std::string& where, F work) {
  try {
    work();
  } catch (const MemoryFault& fault) {
    throw OutOfMemory(where + ": " + fault.what());
  } catch (const DeviceFault& fault) {
    throw EngineError(where + ": " + fault.what());
  }
}

}  // namespace

CudaSession::CudaSession(std::shared_ptr<Device> device, const ProgramSet& set, Precision precision,
                         std::shared_ptr<Tally> tally)
    : device_(std::move(device)),
      precision_(precision),
      tally_(std::move(tally)),
      constants_(device_) {
  guarded("markers", [&] {
    for (int i = 0; i < kDepth; ++i) slots_.emplace_back(device_);
  });
  set_.patch = set.patch;
  set_.patches = set.patches;
  add(set.residents, set.programs);
}

/// No work may be running when memory is released.
CudaSession::~CudaSession() {
  try {
    device_->wait();
  } catch (const DeviceFault&) {  // reported by the call that it belongs to
  }
}

void CudaSession::add(const std::vector<Value>& residents, const std::vector<Program>& programs) {
  append(set_, residents, programs);
  if (under_way_ > 0) guarded("calls under way", [&] { device_->wait(); });
  for (const Value& value : residents) add_resident(value);
  for (const Program& program : programs) compile(program);
  guarded("scratch memory", [&] { place(); });
}

void CudaSession::add_resident(const Value& value) {
  const kernels::DType type = storage_of(precision_);
  guarded("maps of " + value.layer, [&] {
    Memory memory(device_, value.shape.volume() * value.batch * kernels::bytes_of(type));
    device_->zero(memory.data(), memory.bytes());
    residents_.push_back(kernels::tensor(memory.data(), type, value.batch, value.shape));
    resident_memory_.push_back(std::move(memory));
  });
}

void CudaSession::compile(const Program& program) {
  Builder builder(*device_, constants_, *tally_, precision_);
  Draft draft{builder, program, std::vector<int>(program.values.size(), -1),
              merged_with_next(program), block_layouts(precision_, program)};
  draft.parts = parts_of_steps(precision_, program, draft.merged);
  draft.crop_parts = parts_of_crops(program, draft.parts);
  const std::vector<Lifetime> live = lifetimes(program);
  for (int i = 0; i < int(program.steps.size()); ++i) {
    if (draft.merged[i]) continue;
    const Step& step = program.steps[i];
    const std::string what = describe_step(program, step);
    builder.begin_step(i, what);
    guarded(what, [&] { compile_step(draft, i); });
    if (step.output >= 0) builder.hold(draft.buffer_of[step.output], live[step.output].last);
  }
  Ready ready;
  ready.compiled = builder.finish();
  ready.tables = table_sizes(program);
  const std::vector<Launch>& launches = ready.compiled.launches;
  for (int begin = 0; begin < int(launches.size());) {
    int end = begin + 1;
    while (end < int(launches.size()) && launches[end].reads == launches[begin].reads) ++end;
    Part part;
    part.begin = begin;
    part.end = end;
    part.name = "program \"" + program.name + "\", " + launches[begin].layer +
                (end - begin > 1 ? " to " + launches[end - 1].layer : "");
    part.refused = launches[begin].reads || end - begin < kFewestRecorded;
    ready.parts.push_back(std::move(part));
    begin = end;
  }
  programs_.push_back(std::move(ready));
}

/// A resident value has its buffer from the start.
void CudaSession::resolve(Draft& draft, int value) {
  const int resident = draft.program.values[value].resident;
  int& buffer = draft.buffer_of[value];
  if (resident >= 0 && buffer < 0) buffer = draft.builder.add_fixed(residents_[resident]);
}

int CudaSession::compile_compute_step(Draft& draft, int index) {
  const Step& step = draft.program.steps[index];
  Job job = make_job(draft.program, step, draft.buffer_of);
  if (draft.parts[index] > 1) {
    const auto& conv = std::get<Conv>(std::get<Compute>(step.kind).op);
    return convolve_parts(draft.builder, conv, job, draft.parts[index]);
  }
  if (index == 0 || !draft.merged[index - 1])
    return compile_compute(draft.builder, std::get<Compute>(step.kind).op, std::move(job));
  const int first = draft.program.steps[index - 1].inputs.front();
  resolve(draft, first);
  job.inputs = {draft.buffer_of[first]};
  return normalise_and_pool(draft.builder, draft.program, index - 1, std::move(job));
}

/// In blocks or parts where its reader wants them.
std::optional<int> CudaSession::crop_for_reader(Draft& draft, const Step& step,
                                                const CropWindow& op, int maps, int paste) {
  const Value& out = draft.program.values[step.output];
  if (const auto& blocks = draft.blocks[step.output])
    return blocks_of_windows(draft.builder, op, maps, out.batch, set_.patch, *blocks);
  if (const int parts = draft.crop_parts[step.output]; parts > 1)
    return crop_parts(draft.builder, op, maps, paste, out, parts);
  return std::nullopt;
}

void CudaSession::compile_step(Draft& draft, int index) {
  Builder& builder = draft.builder;
  const Program& program = draft.program;
  std::vector<int>& buffer_of = draft.buffer_of;
  const Step& step = program.steps[index];
  for (int i : step.inputs) resolve(draft, i);
  if (step.output >= 0) resolve(draft, step.output);
  const auto input = [&] { return buffer_of[step.inputs.front()]; };
  const auto paste = [&](const ChangedMap& op) {
    return op.paste_window >= 0 ? buffer_of[step.inputs.back()] : -1;
  };
  // Steps that fill a given buffer; images get cells padded for tensor cores.
  const auto target = [&] {
    int& buffer = buffer_of[step.output];
    const Value& value = program.values[step.output];
    if (buffer < 0)
      buffer = builder.add(value.batch, value.shape, image_channels(builder, value.shape));
    return buffer;
  };
  const auto set_output = [&](int result) {
    int& buffer = buffer_of[step.output];
    if (buffer >= 0) return fill_from(builder, buffer, result, kernels::Conversion{});
    buffer = result;
  };
  const auto compile = core::Overloaded{
      [&](const LoadImages&) { load_images(builder, target()); },
      [&](const Occlude&) {
        if (const auto& blocks = draft.blocks[step.output])
          set_output(blocks_of_occluded(builder, input(), program.values[step.output].batch,
                                        set_.patch, *blocks));
        else
          occlude(builder, input(), target(), set_.patch);
      },
      [&](const Compute&) { set_output(compile_compute_step(draft, index)); },
      [&](const ReadResponse& read) { read_responses(builder, read, input(), draft.readings++); },
      [&](const ReadExtrema& read) { read_extrema(builder, read, input(), draft.readings++); },
      [&](const ReadMap&) { read_map(builder, input(), draft.readings++); },
      [&](const CropWindow& op) {
        if (const auto made = crop_for_reader(draft, step, op, input(), paste(op)))
          set_output(*made);
        else
          crop(builder, op, input(), paste(op), target(), set_.patch);
      },
      [&](const GatherWindow& op) {
        const Value& window = program.values[step.output];
        set_output(gather(builder, op, input(), paste(op), window, set_.patch));
      },
      [&](const SelectedConv& op) {
        set_output(selected_convolution(builder, op, input(), program.values[step.output]));
      },
      [&](const WindowAverage& op) {
        set_output(window_average(builder, op, input(), program.values[step.output]));
      },
      [&](const ReadPoints& read) {
        const int window = program.values[step.inputs.front()].window;
        read_points(builder, read, window, input(), draft.readings++);
      },
  };
  std::visit(compile, step.kind);
}

/// One arena for all programs, as large as the largest needs.
void CudaSession::place() {
  std::size_t bytes = 0;
  for (const Ready& ready : programs_) bytes = std::max(bytes, ready.compiled.arena_bytes);
  if (bytes > arena_.bytes()) {
    device_->wait();
    forget_recordings();
    arena_ = Memory();
    arena_ = Memory(device_, bytes);
  }
  for (Ready& ready : programs_) ready.compiled.bind(arena_.data());
}

/// They contain addresses.
void CudaSession::forget_recordings() {
  for (Ready& ready : programs_)
    for (Part& part : ready.parts) part.recordings = {};
}

void CudaSession::set_patches(std::span<const float> patches) {
  check_patches(set_, patches);
  guarded("patches", [&] {
    device_->wait();
    // Of a fixed size, so that recordings stay valid.
    if (!patches_set_) patches_ = Memory(device_, patches.size_bytes());
    device_->upload(patches_.data(), patches.data(), patches.size_bytes(), Queue::compute);
    device_->wait();
  });
  if (!patches_set_) forget_recordings();
  patches_set_ = true;
}

void CudaSession::run(int index, const Call& call, Reply& reply) {
  if (under_way_ > 0) throw EngineError("run() while calls are under way");
  submit(index, call);
  collect(reply);
}

void CudaSession::submit(int index, const Call& call) {
  check_call(set_, index, call);
  if (!patches_set_ && set_.patches > 0 && !call.occluders.empty())
    throw EngineError("patches are not set");
  if (under_way_ == kDepth) throw EngineError("too many calls are under way");
  if (under_way_ == 0) oldest_ = 0;  // sequential calls need only one slot's memory
  Slot& slot = slots_[(oldest_ + under_way_) % kDepth];
  slot.program = index;
  size_reply(set_.programs[index], call, slot.reply);
  guarded("program \"" + set_.programs[index].name + "\"", [&] { start(slot, call); });
  ++under_way_;
}

/// No earlier call uses the slot's memory any more: it has been waited for.
void CudaSession::start(Slot& slot, const Call& call) {
  Ready& ready = programs_[slot.program];
  const ResultLayout layout = lay_out_results(set_.programs[slot.program], slot.reply);
  if (slot.tables.reserve(ready.tables, call)) forget_recordings();
  reserve_results(slot, layout.bytes);
  const DeviceTables tables = slot.tables.upload(ready.tables, call);
  std::vector<std::byte*> results;
  for (std::size_t offset : layout.offsets) results.push_back(slot.results.data() + offset);
  const float* patches = reinterpret_cast<const float*>(patches_.data());
  const Stage stage{*device_, tables, ready.compiled.tensors, patches, &call, results};
  for (Part& part : ready.parts) launch_part(ready, part, int(&slot - slots_.data()), stage);
  device_->order(Queue::compute, Queue::out);
  if (layout.bytes > 0)
    device_->download(slot.results_host.data(), slot.results.data(), layout.bytes, Queue::out);
  slot.done->set(Queue::out);
}

void CudaSession::collect(Reply& reply) {
  if (under_way_ == 0) throw EngineError("no call is under way");
  Slot& slot = slots_[oldest_];
  oldest_ = (oldest_ + 1) % kDepth;
  --under_way_;
  const Program& program = set_.programs[slot.program];
  guarded("program \"" + program.name + "\"", [&] { slot.done->wait(); });
  unpack_results(program, slot.results_host.data(), slot.reply);
  std::swap(reply, slot.reply);
}

void CudaSession::reserve_results(Slot& slot, std::size_t bytes) {
  if (bytes <= slot.results.bytes()) return;
  bytes += bytes / 2;  // calls differ in what they read
  slot.results = Memory();
  slot.results_host = Memory();
  Memory results(device_, bytes);  // both or none, should one of them not fit
  slot.results_host = Memory(device_, bytes, Memory::Place::host);
  slot.results = std::move(results);
}

/// The first run is not recorded: libraries load their kernels then, which cannot be recorded.
void CudaSession::launch_part(Ready& ready, Part& part, int slot, const Stage& stage) {
  const std::unique_ptr<Recording>& recording = part.recordings[slot];
  if (part.warm && !part.refused && !recording) record(ready, part, slot, stage);
  if (recording) {
    const Range range(*device_, part.name);
    recording->run();
  } else {
    launch_range(ready.compiled, part.begin, part.end, stage);
  }
  part.warm = true;
}

void CudaSession::record(Ready& ready, Part& part, int slot, const Stage& stage) {
  Recorded recorded =
      device_->record([&] { launch_range(ready.compiled, part.begin, part.end, stage); });
  part.refused = !recorded.recording;
  if (part.refused)
    tally_->add_unrecorded(part.name, recorded.why_none);
  else
    tally_->add_recorded();
  part.recordings[slot] = std::move(recorded.recording);
}

void CudaSession::launch_range(const Compiled& compiled, int begin, int end, const Stage& stage) {
  for (int i = begin; i < end; ++i) {
    const Launch& launch = compiled.launches[i];
    const Range range(stage.device, launch.layer);
    guarded(launch.layer, [&] { launch.run(stage); });
  }
}

std::size_t CudaSession::memory_bytes() const {
  std::size_t bytes = arena_.bytes() + constants_.bytes() + patches_.bytes();
  for (const Slot& slot : slots_) bytes += slot.results.bytes() + slot.tables.bytes();
  for (const Memory& memory : resident_memory_) bytes += memory.bytes();
  return bytes;
}

}  // namespace rfmap::cuda
