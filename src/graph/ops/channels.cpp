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

namespace {

/// Facts of operations on whole lines along one axis.
InputReads lines_along(int axis, const Shape& in) {
  const auto along = [&](int side, int extent) {
    return axis == side && extent > 1 ? Reads(WholeAxis{}) : Reads(Sliding{});
  };
  return {along(1, in.h), along(2, in.w),
          axis == 0 ? ChannelReads(AllChannels{}) : ChannelReads(SameChannel{})};
}

}  // namespace

std::string LayerNorm::name() const { return "layer normalisation"; }

Facts LayerNorm::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  expect_axis(g, axis);
  InputReads reads = lines_along(axis, g.in());
  reads.statistics = true;
  return {.shape = g.in(), .inputs = {reads}, .sign = Sign::any, .uniform = axis == 0};
}

std::string Softmax::name() const { return "softmax"; }

Facts Softmax::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  expect_axis(g, axis);
  const InputReads everything{lines_along(1, g.in()).y, lines_along(2, g.in()).x, AllChannels{}};
  return {.shape = g.in(),
          .inputs = {all ? everything : lines_along(axis, g.in())},
          .sign = Sign::non_negative,
          .uniform = !all && axis == 0};
}

}  // namespace rfmap
