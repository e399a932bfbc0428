#include <limits>

#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

std::string Pool::name() const { return kind == Kind::max ? "max pooling" : "average pooling"; }

Facts Pool::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  const Size map = map_size(g, *this, ceil_mode);
  return {.shape = {g.in().c, map.h, map.w},
          .inputs = {window_reads(*this, SameChannel{})},
          .border = kind == Kind::max ? -std::numeric_limits<float>::infinity() : 0};
}

}  // namespace rfmap
