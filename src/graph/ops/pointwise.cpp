#include <stdexcept>

#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

std::string Activation::name() const { return name_of(kind); }

Facts Activation::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  if (slope && slope->size() != 1) g.expect_values(slope, g.in().c, "its slopes");
  return {.shape = g.in(),
          .inputs = {cellwise()},
          .sign = is_non_negative(kind, alpha) ? Sign::non_negative : Sign::as_inputs};
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

std::string Elementwise::name() const {
  switch (kind) {
    case Kind::sum:
      return "sum";
    case Kind::product:
      return "product";
    case Kind::maximum:
      return "maximum";
  }
  throw std::logic_error("an element-wise operation of no kind");
}

Facts Elementwise::facts(const Given& g) const {
  g.expect_inputs(!g.inputs.empty());
  if (g.inputs.size() < 2) g.fail("it needs two or more inputs");
  Facts facts;
  facts.shape = g.in();
  for (const Shape& s : g.inputs)
    if (s.h != 1 || s.w != 1) facts.shape = s;
  const Shape& out = facts.shape;
  for (const Shape& s : g.inputs) {
    if (s != out && s != Shape{out.c, 1, 1})
      g.fail("its inputs of " + text(out) + " and " + text(s) +
             " are neither equal nor one value per channel");
    if (s == out)
      facts.inputs.push_back(cellwise());
    else
      facts.inputs.push_back({Broadcast{}, Broadcast{}, SameChannel{}});
  }
  return facts;
}

}  // namespace rfmap
