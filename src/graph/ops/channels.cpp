#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

std::string Lrn::name() const { return "local response normalisation"; }

Facts Lrn::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  if (size < 1) g.fail("its size " + std::to_string(size) + " is not positive");
  const int before = (size - 1) / 2;
  return {.shape = g.in(),
          .inputs = {{Sliding{}, Sliding{}, ChannelNeighbours{before, size - 1 - before}}}};
}

std::string ChannelShuffle::name() const { return "channel shuffle"; }

Facts ChannelShuffle::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  if (groups < 1 || g.in().c % groups != 0)
    g.fail(std::to_string(groups) + " groups do not divide " + std::to_string(g.in().c) +
           " channels");
  return {.shape = g.in(), .inputs = {{Sliding{}, Sliding{}, ShuffledChannels{groups}}}};
}

}  // namespace rfmap
