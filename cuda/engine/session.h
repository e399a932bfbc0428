#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "engine/builder.h"
#include "plan/engine.h"

namespace rfmap::cuda {

/// Programs of one set on one device. They share weights, one arena of scratch memory, and memory
/// for the tables and results of two calls; all of it is allocated before a program runs, and grows
/// only if a program is added or a call reads more than any before. Two calls may be in progress:
/// tables and results of one are copied while the other is computed.
class CudaSession : public plan::Session {
 public:
  CudaSession(std::shared_ptr<Device> device, const plan::ProgramSet& set, Precision precision,
              std::shared_ptr<Tally> tally);
  ~CudaSession() override;
  void set_patches(std::span<const float> patches) override;
  void add(const std::vector<plan::Value>& residents,
           const std::vector<plan::Program>& programs) override;
  void run(int program, const plan::Call& call, plan::Reply& reply) override;
  void submit(int program, const plan::Call& call) override;
  void collect(plan::Reply& reply) override;
  int depth() const override { return kDepth; }
  std::size_t memory_bytes() const override;

 private:
  static constexpr int kDepth = 2;

  /// Launches begin..end-1, none of which reads: recorded once they have run.
  struct Part {
    int begin = 0, end = 0;
    std::string name;  ///< program, first and last layer
    bool warm = false, refused = false;
    std::array<std::unique_ptr<Recording>, kDepth> recordings;  ///< by slot, because tables differ
  };
  struct Ready {
    Compiled compiled;
    TableSizes tables;
    std::vector<Part> parts;
  };

  /// A call in progress, and the memory reserved for it.
  struct Slot {
    explicit Slot(const std::shared_ptr<Device>& device)
        : tables(device), done(device->make_marker()) {}
    TableStage tables;
    Memory results, results_host;
    std::unique_ptr<Marker> done;
    int program = 0;
    plan::Reply reply;  ///< sized for the results
  };

  /// A program that is being compiled.
  struct Draft {
    Builder& builder;
    const plan::Program& program;
    std::vector<int> buffer_of;                      ///< by value; -1: none yet
    std::vector<bool> merged;                        ///< by step: runs together with the next
    std::vector<std::optional<BlockLayout>> blocks;  ///< by value
    std::vector<int> parts;                          ///< by step (parts.h)
    std::vector<int> crop_parts;                     ///< by value
    int readings = 0;                                ///< reading steps so far
  };

  void resolve(Draft& draft, int value);
  void add_resident(const plan::Value& value);
  void compile(const plan::Program& program);
  void compile_step(Draft& draft, int index);
  std::optional<int> crop_for_reader(Draft& draft, const plan::Step& step,
                                     const plan::CropWindow& op, int maps, int paste);
  int compile_compute_step(Draft& draft, int index);
  void place();
  void forget_recordings();
  void reserve_results(Slot& slot, std::size_t bytes);
  void start(Slot& slot, const plan::Call& call);
  void launch_part(Ready& ready, Part& part, int slot, const Stage& stage);
  void record(Ready& ready, Part& part, int slot, const Stage& stage);
  static void launch_range(const Compiled& compiled, int begin, int end, const Stage& stage);

  std::shared_ptr<Device> device_;
  Precision precision_;
  std::shared_ptr<Tally> tally_;
  plan::ProgramSet set_;
  Constants constants_;
  std::vector<Memory> resident_memory_;
  std::vector<Tensor> residents_;
  std::vector<Ready> programs_;
  Memory arena_, patches_;
  bool patches_set_ = false;
  std::vector<Slot> slots_;
  int oldest_ = 0, under_way_ = 0;  ///< slots in use, consecutive
};

}  // namespace rfmap::cuda
