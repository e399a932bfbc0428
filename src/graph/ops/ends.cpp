#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {
namespace {

/// As the file says.
Shape wanted_shape(const Given& g) {
  if (g.wanted.c < 1 || g.wanted.h < 1 || g.wanted.w < 1)
    g.fail("its shape " + text(g.wanted) + " is not positive");
  return g.wanted;
}

}  // namespace

std::string Input::name() const { return "input"; }

Facts Input::facts(const Given& g) const {
  g.expect_inputs(g.inputs.empty());
  Facts facts;
  facts.shape = wanted_shape(g);
  facts.sign = Sign::any;
  return facts;
}

std::string TheoryOnly::name() const { return kind; }

Facts TheoryOnly::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  Facts facts;
  facts.shape = wanted_shape(g);
  facts.inputs = {{y, x, AllChannels{}}};
  facts.uniform = false;
  return facts;
}

}  // namespace rfmap
