#pragma once

#include "cpu/builder.h"
#include "plan/engine.h"

namespace rfmap::cpu {

/// Programs of one set compiled for oneDNN. They share weights and, as one runs at a time, one
/// arena of scratch memory.
class CpuSession : public Session {
 public:
  CpuSession(const dnnl::engine& engine, const ProgramSet& set, int threads);
  void set_patches(std::span<const float> patches) override;
  void add(const std::vector<Value>& residents, const std::vector<Program>& programs) override;
  void run(int program, const Call& call, Reply& reply) override;
  std::size_t memory_bytes() const override;

 private:
  void compile(const Program& program);
  void compile_step(Builder& builder, const Program& program, int step,
                    std::vector<int>& buffer_of);
  int resident_buffer(Builder& builder, int resident);
  void keep(Builder& builder, int resident, int buffer);

  dnnl::engine engine_;
  dnnl::stream stream_;
  ProgramSet set_;
  int threads_;
  Constants constants_;
  std::vector<dnnl::memory> residents_;  ///< empty until a program writes or reads it
  std::vector<Compiled> programs_;
  std::vector<std::byte> arena_;
  std::vector<float> patches_;
};

}  // namespace rfmap::cpu
