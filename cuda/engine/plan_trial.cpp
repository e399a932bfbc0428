#include "engine/plan_trial.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "kernels/compare.h"
#include "kernels/number.h"

namespace rfmap::cuda {
namespace {

constexpr int kMostRuns = 10;        // timed at once
constexpr float kEnoughTime = 1.0f;  // ms; what takes longer is timed once
constexpr int kNone = -1;

/// Numbers between -1 and 1, as the type stores them; the same in every run.
std::vector<std::byte> numbers(kernels::DType type, std::size_t count, std::uint32_t seed) {
  std::vector<std::byte> bytes(count * kernels::bytes_of(type));
  const Tensor out{bytes.data(), type, 1, 1, 1, 1, 1};
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    kernels::store_one(out, std::int64_t(i), float(seed >> 8) * 0x1p-23f - 1);
  }
  return bytes;
}

}  // namespace

PlanTrial::PlanTrial(TrialDevice& device, LibraryPlans& plans, const ConvolutionProblem& problem)
    : device_(device),
      plans_(plans),
      problem_(problem),
      type_(storage_of(problem.precision)),
      sample_in_(problem.in.volume() * kernels::bytes_of(type_)),
      sample_out_(problem.out.volume() * kernels::bytes_of(type_)),
      in_(memory(sample_in_ * problem.batch)),
      weights_(memory(std::size_t(problem.out.c) * problem.kernel.h * problem.kernel.w *
                      (problem.in.c / problem.groups) * kernels::bytes_of(type_))),
      bias_(memory(std::size_t(problem.out.c) * kernels::bytes_of(type_))),
      residual_(memory(problem.residual ? sample_out_ * problem.batch : 0)),
      out_(memory(sample_out_ * problem.batch)),
      want_(memory(sample_out_)),
      differences_(memory(std::size_t(problem.batch) * sizeof(std::uint32_t) *
                          kernels::parts_of(std::int64_t(sample_out_)))) {
  put(in_.data(), numbers(type_, problem_.in.volume(), 4));
  repeat(in_, sample_in_, problem_.batch);
  fill(weights_, 1);
  fill(bias_, 2);
  if (!problem.residual) return;
  put(residual_.data(), numbers(type_, problem.out.volume(), 3));
  repeat(residual_, sample_out_, problem.batch);
}

bool PlanTrial::reserve(std::size_t workspace) {
  try {
    if (workspace_.bytes() < workspace) {
      workspace_ = Memory();
      workspace_ = memory(workspace);
    }
    return true;
  } catch (const MemoryFault&) {
    return false;
  }
}

/// A short run is repeated: alone it would be the host's launch that is timed.
float PlanTrial::time(int plan) {
  run(plan);  // loads its kernels
  device_.wait();
  const float once = device_.time([&] { run(plan); });
  const int runs = std::clamp(int(kEnoughTime / std::max(once, 1e-6f)), 1, kMostRuns);
  if (runs == 1) return once;
  const float all = device_.time([&] {
    for (int i = 0; i < runs; ++i) run(plan);
  });
  return all / float(runs);
}

std::string PlanTrial::differing_bits(int plan) {
  put(in_.data(), numbers(type_, problem_.in.volume(), 4));
  repeat(in_, sample_in_, problem_.batch);
  device_.zero(out_.data(), out_.bytes());
  run(plan);
  device_.copy(want_.data(), out_.data(), sample_out_);
  if (const int slot = differing_slot(want_.data(), 0, 1); slot != kNone)
    return fmt::format("slot {} of {} equal samples has other bits", slot, problem_.batch);
  if (problem_.batch < 2) return "";
  put(in_.data() + sample_in_, numbers(type_, problem_.in.volume(), 5));
  repeat(in_, 2 * sample_in_, problem_.batch / 2);
  device_.zero(out_.data(), out_.bytes());
  run(plan);
  int slot = differing_slot(want_.data(), 0, 2);
  if (slot == kNone) slot = differing_slot(out_.data() + sample_out_, 1, 2);
  if (slot == kNone) return "";
  return fmt::format("slot {} of {} has other bits beside other samples", slot, problem_.batch);
}

Memory PlanTrial::memory(std::size_t bytes) {
  // The trial ends before the device does.
  return Memory(std::shared_ptr<Device>(&device_, [](Device*) {}), bytes);
}

void PlanTrial::put(std::byte* to, const std::vector<std::byte>& bytes) {
  device_.upload(to, bytes.data(), bytes.size(), Queue::compute);
  device_.wait();
}

void PlanTrial::fill(const Memory& to, std::uint32_t seed) {
  put(to.data(), numbers(type_, to.bytes() / kernels::bytes_of(type_), seed));
}

/// Fills the memory with copies of its first `bytes`, one behind the other: doubles what is there,
/// so that few copies do.
void PlanTrial::repeat(const Memory& memory, std::size_t bytes, std::size_t count) {
  for (std::size_t done = 1; done < count;) {
    const std::size_t more = std::min(done, count - done);
    device_.copy(memory.data() + done * bytes, memory.data(), more * bytes);
    done += more;
  }
}

void PlanTrial::run(int plan) {
  plans_.run(plan, {in_.data(), weights_.data(), bias_.data(), residual_.data(), out_.data(),
                    workspace_.data()});
}

/// The first of the slots first, first + step, ... whose output differs from `want`.
int PlanTrial::differing_slot(const std::byte* want, int first, int step) {
  kernels::BitDifferences work;
  work.in = out_.data() + std::size_t(first) * sample_out_;
  work.want = want;
  work.bytes = std::int64_t(sample_out_);
  work.stride = work.bytes * step;
  work.samples = (problem_.batch - first + step - 1) / step;
  const std::size_t parts = kernels::parts_of(work.bytes);
  std::vector<std::uint32_t> counts(parts * work.samples);
  device_.read(differences_.data(), work);
  device_.download(counts.data(), differences_.data(), counts.size() * sizeof counts.front(),
                   Queue::compute);
  device_.wait();
  const auto found = std::ranges::find_if(counts, [](std::uint32_t count) { return count > 0; });
  if (found == counts.end()) return kNone;
  return first + step * int(std::size_t(found - counts.begin()) / parts);
}

}  // namespace rfmap::cuda
