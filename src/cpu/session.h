#pragma once

#include "cpu/builder.h"
#include "plan/engine.h"

namespace rfmap::cpu {

/// Programs of one set compiled for oneDNN. They share weights and, as one runs at a time, one
/// arena of scratch memory.
class CpuSession : public plan::Session {
 public:
  CpuSession(const dnnl::engine& engine, const plan::ProgramSet& set, int threads);
  void set_patches(std::span<const float> patches) override;
  void add(const std::vector<plan::Value>& residents,
           const std::vector<plan::Program>& programs) override;
  void run(int program, const plan::Call& call, plan::Reply& reply) override;
  std::size_t memory_bytes() const override;

 private:
  void compile(const plan::Program& program);
  void compile_step(Builder& builder, const plan::Program& program, int step,
                    std::vector<int>& buffer_of);
  int resident_buffer(Builder& builder, int resident);
  void keep(Builder& builder, int resident, int buffer);

  dnnl::engine engine_;
  dnnl::stream stream_;
  plan::ProgramSet set_;
  int threads_;
  Constants constants_;
  std::vector<dnnl::memory> residents_;  ///< empty until a program writes or reads it
  std::vector<Compiled> programs_;
  std::vector<std::byte> arena_;
  std::vector<float> patches_;
};

}  // namespace rfmap::cpu
