#pragma once

#include <memory>
#include <vector>

#include "rfmap/engine.h"

#include "engine/builder.h"

namespace rfmap::cuda {

/// Programs of one set on one device. They share weights, one arena of scratch memory, and the
/// memory for tables and results; all of it is there before a program runs, and grows only when a
/// program is added or a call reads more than any before.
class CudaSession : public Session {
 public:
  CudaSession(std::shared_ptr<Device> device, const ProgramSet& set, Precision precision);
  ~CudaSession() override;
  void set_patches(std::span<const float> patches) override;
  void add(const std::vector<Value>& residents, const std::vector<Program>& programs) override;
  void run(int program, const Call& call, Reply& reply) override;
  std::size_t memory_bytes() const override;

 private:
  /// Launches begin..end-1, none of which reads: recorded once they have run.
  struct Part {
    int begin = 0, end = 0;
    bool warm = false, refused = false;
    std::unique_ptr<Recording> recording;
  };
  struct Ready {
    Compiled compiled;
    TableSizes tables;
    std::vector<Part> parts;
  };

  /// A program that is being compiled.
  struct Draft {
    Builder& builder;
    const Program& program;
    std::vector<int> buffer_of;  ///< by value; -1: none yet
    std::vector<bool> merged;    ///< by step: runs with the next
    int readings = 0;            ///< reading steps so far
  };

  void resolve(Draft& draft, int value);
  void add_resident(const Value& value);
  void compile(const Program& program);
  void compile_step(Draft& draft, int index);
  int compile_compute_step(Draft& draft, int index);
  void place();
  void forget_recordings();
  void reserve_results(std::size_t bytes);
  void launch(Ready& ready, const Stage& stage);
  void launch_part(Ready& ready, Part& part, const Stage& stage);
  static void launch_range(const Compiled& compiled, int begin, int end, const Stage& stage);

  std::shared_ptr<Device> device_;
  Precision precision_;
  ProgramSet set_;
  Constants constants_;
  TableStage tables_;
  std::vector<Memory> resident_memory_;
  std::vector<Tensor> residents_;
  std::vector<Ready> programs_;
  Memory arena_, patches_, results_, results_host_;
  bool patches_set_ = false;
};

}  // namespace rfmap::cuda
