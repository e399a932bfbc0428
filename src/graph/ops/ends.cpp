#include <fmt/format.h>

#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

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
  return {.shape = wanted_shape(g), .sign = Sign::any};
}

std::string Parameter::name() const { return "constant"; }

Facts Parameter::facts(const Given& g) const {
  g.expect_inputs(g.inputs.empty());
  const Shape shape = wanted_shape(g);
  if (!values || values->size() != shape.volume())
    g.fail(fmt::format("it holds {} numbers where {} are expected for {}",
                       values ? values->size() : 0, shape.volume(), text(shape)));
  return {.shape = shape, .sign = Sign::any, .uniform = false};
}

std::string TheoryOnly::name() const { return kind; }

Facts TheoryOnly::facts(const Given& g) const {
  g.expect_inputs(scope == Scope::everything ? !g.inputs.empty() : g.inputs.size() == 1);
  InputReads reads{y, x, AllChannels{}};
  if (scope != Scope::listed)
    reads = {WholeAxis{}, WholeAxis{}, AllChannels{}, scope == Scope::normalised};
  return {.shape = wanted_shape(g),
          .inputs = std::vector<InputReads>(g.inputs.size(), reads),
          .uniform = false};
}

}  // namespace rfmap
