#include <algorithm>

#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

std::string Activation::name() const { return name_of(kind); }

Facts Activation::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  if (slope && slope->size() != 1) g.expect_values(slope, g.in().c, "its slopes");
  const Sign sign = is_non_negative(kind, alpha)            ? Sign::non_negative
                    : keeps_non_negative(kind, alpha, beta) ? Sign::as_inputs
                                                            : Sign::any;
  return {.shape = g.in(), .inputs = {cellwise()}, .sign = sign};
}

std::string Affine::name() const { return "scale and shift"; }

Facts Affine::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  const std::size_t channels = g.in().c, volume = g.in().volume();
  for (const Floats& values : {scale, shift})
    if (values && values->size() != channels && values->size() != volume)
      g.fail("it holds " + std::to_string(values->size()) +
             " numbers, which is neither one per channel nor one per value of its input of " +
             text(g.in()));
  return {
      .shape = g.in(),
      .inputs = {cellwise()},
      .sign = Sign::any,
      .uniform = (!scale || scale->size() == channels) && (!shift || shift->size() == channels)};
}

namespace {

/// The largest extent along each axis.
Shape common_shape(const std::vector<Shape>& inputs) {
  Shape common = inputs.front();
  for (const Shape& s : inputs)
    common = {std::max(common.c, s.c), std::max(common.h, s.h), std::max(common.w, s.w)};
  return common;
}

InputReads broadcast_reads(const Shape& in, const Shape& out) {
  InputReads reads = cellwise();
  if (in.h != out.h) reads.y = Broadcast{};
  if (in.w != out.w) reads.x = Broadcast{};
  if (in.c != out.c) reads.channels = AllChannels{};
  return reads;
}

}  // namespace

std::string Elementwise::name() const { return name_of(kind); }

Facts Elementwise::facts(const Given& g) const {
  g.expect_inputs(!g.inputs.empty());
  if (g.inputs.size() < 2) g.fail("it needs two or more inputs");
  if (g.inputs.size() > 2 && !is_commutative(kind)) g.fail("it takes two inputs");
  Facts facts;
  facts.shape = common_shape(g.inputs);
  const Shape& out = facts.shape;
  const auto fits = [](int in, int common) { return in == common || in == 1; };
  for (const Shape& s : g.inputs) {
    if (!fits(s.c, out.c) || !fits(s.h, out.h) || !fits(s.w, out.w))
      g.fail("its inputs of " + text(out) + " and " + text(s) +
             " are neither equal nor 1 along each axis");
    facts.inputs.push_back(broadcast_reads(s, out));
  }
  if (is_condition(kind)) facts.sign = Sign::non_negative;
  if (kind == Kind::difference) facts.sign = Sign::any;
  return facts;
}

}  // namespace rfmap
