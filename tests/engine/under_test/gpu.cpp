#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "rfmap/devices.h"

#include "engine/under_test/engines.h"
#include "engines/make_engine.h"

namespace rfmap::testing_engines {
using namespace plan;
using namespace engines;

/// One engine a precision. RFMAP_ENGINES names those that run, with commas between them.
std::vector<std::string> engines_under_test() {
  const char* some = std::getenv("RFMAP_ENGINES");
  std::stringstream names(some ? some : "cuda,cuda-tf32,cuda-fp16,cuda-bf16");
  std::vector<std::string> engines;
  for (std::string name; std::getline(names, name, ',');) engines.push_back(name);
  return engines;
}

int random_networks(const std::string& engine) { return engine == "cuda" ? 40 : 10; }

namespace {

std::string precision_of(const std::string& name) {
  return name == "cuda" ? "fp32" : name.substr(name.rfind('-') + 1);
}
bool is_on_gpu(const std::string& name) { return name.rfind("cuda", 0) == 0; }

}  // namespace

std::unique_ptr<Engine> engine_of(const std::string& name, int threads) {
  EngineOptions options;
  options.threads = threads;
  if (is_on_gpu(name)) options.precision = precision_of(name);
  return make_engine(is_on_gpu(name) ? "cuda" : name, options);
}

std::size_t free_bytes(const std::string& name) {
  return 4 * choose_device("cuda", precision_of(name)).memory;  // a batch may take a quarter
}

}  // namespace rfmap::testing_engines

/// Without a GPU nothing is run, and ctest shows the tests as skipped (SKIP_RETURN_CODE).
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const rfmap::DeviceInfo& device : rfmap::list_devices()) {
    const bool listing = testing::GTEST_FLAG(list_tests);
    if (listing || device.name.rfind("cuda", 0) != 0 || device.reason.empty()) continue;
    std::printf("skipped: %s\n", device.reason.c_str());
    return 77;
  }
  return RUN_ALL_TESTS();
}
