#include "engine/under_test/engines.h"
#include "engines/make_engine.h"

namespace rfmap::testing_engines {
using namespace plan;
using namespace engines;

std::vector<std::string> engines_under_test() { return {"reference", "cpu"}; }

int random_networks(const std::string& engine) { return engine == "reference" ? 25 : 30; }

std::unique_ptr<Engine> engine_of(const std::string& name, int threads) {
  return make_engine(name, {threads});
}

}  // namespace rfmap::testing_engines
