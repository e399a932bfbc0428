#include <limits>

#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {
namespace {

std::string pooling_name(Pool::Kind kind) {
  return kind == Pool::Kind::max ? "max pooling" : "average pooling";
}

}  // namespace

std::string Pool::name() const { return pooling_name(kind); }

Facts Pool::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  const Size map = map_size(g, *this, ceil_mode);
  Facts facts;
  facts.shape = {g.in().c, map.h, map.w};
  facts.inputs = {window_reads(*this, SameChannel{})};
  if (kind == Kind::max) facts.border = -std::numeric_limits<float>::infinity();
  return facts;
}

std::string GlobalPool::name() const { return "global " + pooling_name(kind); }

Facts GlobalPool::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  Facts facts;
  facts.shape = {g.in().c, 1, 1};
  facts.inputs = {{WholeAxis{}, WholeAxis{}, SameChannel{}}};
  return facts;
}

}  // namespace rfmap
