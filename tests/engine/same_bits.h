#pragma once

#include "near.h"
#include "random_network.h"

namespace rfmap::testing_engines {

/// Bitwise equality; the message names the first difference.
inline testing::AssertionResult same_bits(const std::vector<float>& got,
                                          const std::vector<float>& want) {
  return all_near(got, want, 0, 0);
}

inline std::vector<Graph> networks() {
  Draw draw(11);
  std::vector<Graph> graphs{small_alexnet(draw), wide_network(draw)};
  for (unsigned seed = 500; seed < 540; ++seed) graphs.push_back(random_network(seed));
  return graphs;
}

}  // namespace rfmap::testing_engines
