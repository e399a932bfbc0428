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
  return {.shape = {g.in().c, map.h, map.w},
          .inputs = {window_reads(*this, SameChannel{})},
          .border = kind == Kind::max ? -std::numeric_limits<float>::infinity() : 0};
}

std::string GlobalPool::name() const { return "global " + pooling_name(kind); }

Facts GlobalPool::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  return {.shape = {g.in().c, 1, 1}, .inputs = {{WholeAxis{}, WholeAxis{}, SameChannel{}}}};
}

}  // namespace rfmap
