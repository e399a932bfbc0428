#include "cuda/host_device.h"
#include "engine/engine_on.h"
#include "engine/under_test/engines.h"
#include "engines/make_engine.h"

namespace rfmap::testing_engines {
using namespace plan;

/// The CUDA engine with its kernels' bodies run on the host: with a library that has all plans,
/// with one that fuses nothing (with copies as early as possible, and the layouts of TF32), and
/// without any.
std::vector<std::string> engines_under_test() {
  return {"cuda-on-host", "cuda-on-host-unfused", "cuda-on-host-without-plans"};
}

int random_networks(const std::string& engine) { return engine == "cuda-on-host" ? 10 : 4; }

std::size_t free_bytes(const std::string&) { return cuda::HostDeviceOptions{}.memory; }

std::unique_ptr<Engine> engine_of(const std::string& name, int threads) {
  if (name.rfind("cuda-on-host", 0) != 0) return engines::make_engine(name, {threads});
  cuda::HostDeviceOptions options;
  options.fuses = name != "cuda-on-host-unfused";
  options.hurries_up = !options.fuses;
  options.rounds = false;
  options.has_plans = name != "cuda-on-host-without-plans";
  return cuda::make_engine_on(std::make_shared<cuda::HostDevice>(options),
                              options.fuses ? cuda::Precision::fp32 : cuda::Precision::tf32, name);
}

}  // namespace rfmap::testing_engines
