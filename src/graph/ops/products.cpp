#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

std::string MatMul::name() const { return "matrix product"; }

Facts MatMul::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 2);
  const Shape &a = g.inputs[0], &b = g.inputs[1];
  if (a.w != b.h || (b.c != a.c && b.c != 1))
    g.fail("matrices of " + text(a) + " and " + text(b) + " cannot be multiplied");
  const Shape shape{a.c, a.h, b.w};
  InputReads second{WholeAxis{}, Sliding{}, SameChannel{}};
  if (b.c != a.c) second.channels = AllChannels{};
  return {.shape = shape,
          .inputs = {{Sliding{}, WholeAxis{}, SameChannel{}}, second},
          .sign = Sign::any,
          .macs = double(shape.volume()) * double(a.w),
          .uniform = false};
}

}  // namespace rfmap
