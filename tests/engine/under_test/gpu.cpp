#include <cstdio>
#include <string>

#include <gtest/gtest.h>

#include "rfmap/devices.h"

#include "engine/under_test/engines.h"
#include "engines/make_engine.h"

namespace rfmap::testing_engines {
using namespace plan;
using namespace engines;

std::vector<std::string> engines_under_test() { return {"cuda"}; }

int random_networks(const std::string&) { return 40; }

std::unique_ptr<Engine> engine_of(const std::string& name, int threads) {
  EngineOptions options;
  options.threads = threads;
  if (name == "cuda") options.precision = "fp32";
  return make_engine(name, options);
}

std::size_t free_bytes(const std::string& name) {
  return 4 * choose_device(name, "fp32").memory;  // a batch may take a quarter
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
