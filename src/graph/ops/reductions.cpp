#include <algorithm>
#include <stdexcept>

#include "graph/axes.h"
#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

namespace {

void expect_axes(const Given& g, const AxisSet& axes) {
  if (std::ranges::none_of(axes, [](bool is_named) { return is_named; }))
    g.fail("it runs over none of the axes");
}

/// Facts of an operation on all values along `axes` together.
InputReads reads_over(const AxisSet& axes, const Shape& in) {
  const auto along = [&](int axis) {
    return axes[axis] && extent(in, axis) > 1 ? Reads(WholeAxis{}) : Reads(Sliding{});
  };
  return {along(1), along(2), axes[0] ? ChannelReads(AllChannels{}) : ChannelReads(SameChannel{})};
}

/// A crop of the input has other statistics.
bool is_uniform(const AxisSet& axes) { return !axes[1] && !axes[2]; }

std::string reduction_name(Reduce::Kind kind) {
  switch (kind) {
    case Reduce::Kind::sum:
      return "sum over axes";
    case Reduce::Kind::mean:
      return "mean over axes";
    case Reduce::Kind::product:
      return "product over axes";
    case Reduce::Kind::maximum:
      return "maximum over axes";
    case Reduce::Kind::minimum:
      return "minimum over axes";
  }
  throw std::logic_error("a reduction of no kind");
}

}  // namespace

std::string Reduce::name() const {
  if (axes == kOverSpace && kind == Kind::mean) return "global average pooling";
  if (axes == kOverSpace && kind == Kind::maximum) return "global max pooling";
  return reduction_name(kind);
}

Facts Reduce::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  expect_axes(g, axes);
  Shape shape = g.in();
  for (int axis : {0, 1, 2})
    if (axes[axis]) extent(shape, axis) = 1;
  return {.shape = shape, .inputs = {reads_over(axes, g.in())}};
}

std::string Normalisation::name() const {
  switch (kind) {
    case Kind::standard:
      return axes == kOverSpace ? "instance normalisation" : "layer normalisation";
    case Kind::rms:
      return "RMS normalisation";
    case Kind::l2:
      return "L2 normalisation";
    case Kind::l1:
      return "L1 normalisation";
    case Kind::centre:
      return "mean subtraction";
  }
  throw std::logic_error("a normalisation of no kind");
}

Facts Normalisation::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  expect_axes(g, axes);
  const bool has_mean = kind == Kind::standard || kind == Kind::centre;
  InputReads reads = reads_over(axes, g.in());
  reads.statistics = true;
  return {.shape = g.in(),
          .inputs = {reads},
          .sign = has_mean ? Sign::any : Sign::as_inputs,
          .uniform = is_uniform(axes)};
}

std::string Softmax::name() const { return kind == Kind::logarithm ? "log-softmax" : "softmax"; }

Facts Softmax::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  expect_axes(g, axes);
  return {.shape = g.in(),
          .inputs = {reads_over(axes, g.in())},
          .sign = kind == Kind::logarithm ? Sign::any : Sign::non_negative,
          .uniform = is_uniform(axes)};
}

}  // namespace rfmap
