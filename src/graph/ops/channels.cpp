#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

std::string Lrn::name() const { return "local response normalisation"; }

Facts Lrn::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  if (size < 1) g.fail("its size " + std::to_string(size) + " is not positive");
  const int before = (size - 1) / 2;
  return {.shape = g.in(),
          .inputs = {{Sliding{}, Sliding{}, ChannelNeighbours{before, size - 1 - before}}}};
}

}  // namespace rfmap
