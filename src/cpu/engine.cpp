#include "cpu/engine.h"

#include "rfmap/error.h"

#include "core/parallel.h"
#include "cpu/session.h"

namespace rfmap {
using namespace plan;
namespace {

std::string instruction_set() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "SSE4.1";
    case dnnl::cpu_isa::avx:
      return "AVX";
    case dnnl::cpu_isa::avx2:
      return "AVX2";
    case dnnl::cpu_isa::avx2_vnni:
      return "AVX2 VNNI";
    case dnnl::cpu_isa::avx512_core:
      return "AVX-512";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "AVX-512 VNNI";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "AVX-512 bf16";
    default:
      return "the machine's best instructions";
  }
}

class CpuEngine : public Engine {
 public:
  explicit CpuEngine(const EngineOptions& options)
      : engine_(dnnl::engine::kind::cpu, 0), threads_(core::thread_count(options.threads)) {}

  std::string name() const override { return "cpu"; }

  bool ragged_windows() const override { return true; }

  std::string description() const override {
    const dnnl_version_t* version = dnnl_version();
    return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch) + ", " + instruction_set() + ", " +
           std::to_string(threads_) + (threads_ == 1 ? " thread" : " threads");
  }

  std::unique_ptr<Session> compile(const ProgramSet& set) override {
    return std::make_unique<cpu::CpuSession>(engine_, set, threads_);
  }

 private:
  dnnl::engine engine_;
  int threads_;
};

}  // namespace

std::unique_ptr<Engine> make_cpu_engine(const EngineOptions& options) {
  try {
    return std::make_unique<CpuEngine>(options);
  } catch (const dnnl::error& error) {
    throw EngineError(std::string("oneDNN cannot start on this machine: ") + error.what());
  }
}

}  // namespace rfmap
