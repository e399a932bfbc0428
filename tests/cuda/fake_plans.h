#pragma once

#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cuda/host_convolution.h"
#include "engine/library_plans.h"

namespace rfmap::cuda {

/// A plan of a library that a test makes up.
struct FakePlan {
  enum class Fault {
    none,
    not_built,
    fails,          ///< when it runs
    loses_device,   ///< when it runs, for good
    wrong_slot,     ///< one bit of one slot's output
    wrong_beside,   ///< of a slot beside a sample unlike it
    out_of_memory,  ///< when it runs, in the library
  };
  std::string name;
  float time = 1;  ///< ms
  std::size_t workspace = 1000;
  std::vector<std::string> notes;
  Fault fault = Fault::none;
  int slot = 0;  ///< that is wrong
};

/// A host device whose clock runs only while plans run, and as long as they say.
class FakeClockDevice : public HostDevice {
 public:
  using HostDevice::HostDevice;
  float time(const std::function<void()>& work) override {
    wait();
    const float start = clock_;
    work();
    wait();
    return clock_ - start;
  }
  void wait() override {
    if (lost_) throw DeviceFault("the device is lost");
    HostDevice::wait();
  }
  void* allocate(std::size_t bytes) override {
    largest_ = std::max(largest_, bytes);
    return HostDevice::allocate(bytes);
  }
  void pass(float milliseconds) { clock_ += milliseconds; }
  void lose() { lost_ = true; }
  std::size_t largest_allocation() const { return largest_; }

 private:
  float clock_ = 0;
  bool lost_ = false;
  std::size_t largest_ = 0;
};

/// Plans for any problem; counts their runs.
class FakePlans : public LibraryPlans {
 public:
  FakePlans(FakeClockDevice& device, const ConvolutionProblem& problem, std::vector<FakePlan> plans)
      : device_(device), problem_(problem), plans_(std::move(plans)) {}

  int count() const override { return int(plans_.size()); }
  std::string why_none() const override { return plans_.empty() ? "nothing on offer" : ""; }
  std::string name(int plan) const override { return plans_[plan].name; }
  std::vector<std::string> notes(int plan) const override { return plans_[plan].notes; }
  std::string build(int plan) override {
    return plans_[plan].fault == FakePlan::Fault::not_built ? "no kernel for it" : "";
  }
  std::size_t workspace_bytes(int plan) const override { return plans_[plan].workspace; }
  void run(int plan, const ConvolutionArguments& arguments) const override {
    using enum FakePlan::Fault;
    const FakePlan& fake = plans_[plan];
    ++runs_[fake.name];
    if (fake.fault == fails) throw DeviceFault("cuDNN: execute: no luck");
    if (fake.fault == out_of_memory) throw MemoryFault("cuDNN: execute: no memory");
    if (fake.fault == loses_device) {
      device_.lose();
      throw DeviceFault("an illegal address");
    }
    device_.enqueue([this, &fake] { device_.pass(fake.time); });
    HostConvolution(device_, problem_).run(arguments);
    const std::size_t sample = problem_.out.volume() * kernels::bytes_of(type());
    auto* slot = static_cast<std::byte*>(arguments.out) + std::size_t(fake.slot) * sample;
    if (fake.fault == wrong_slot) device_.enqueue([=] { slot[sample - 1] ^= std::byte(1); });
    if (fake.fault == wrong_beside) device_.enqueue([=, this] { if_mixed(arguments, slot); });
  }

  /// How often the plan of this name ran.
  int runs(const std::string& name) const {
    const auto found = runs_.find(name);
    return found == runs_.end() ? 0 : found->second;
  }

 private:
  kernels::DType type() const { return storage_of(problem_.precision); }
  void if_mixed(const ConvolutionArguments& arguments, std::byte* slot) const {
    const std::size_t sample = problem_.in.volume() * kernels::bytes_of(type());
    const auto* in = static_cast<const std::byte*>(arguments.in);
    if (!std::equal(in, in + sample, in + sample)) *slot ^= std::byte(1);
  }

  FakeClockDevice& device_;
  ConvolutionProblem problem_;
  std::vector<FakePlan> plans_;
  mutable std::map<std::string, int> runs_;
};

}  // namespace rfmap::cuda
