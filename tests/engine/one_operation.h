#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "near.h"
#include "network.h"

namespace rfmap::testing_engines {

/// A test that runs on every engine.
class OnEngine : public testing::TestWithParam<std::string> {
 protected:
  /// Output of one operation for one sample, [C, H, W].
  std::vector<float> run(const Shape& input, const std::vector<float>& sample,
                         const Operation& op) {
    Network net(input);
    net.add(op);
    return last(net, sample);
  }
  std::vector<float> last(const Network& net, const std::vector<float>& sample) {
    return maps_of(*engine_, net.graph, {net.last()}, sample)[0];
  }

  /// As the functions of these names, with what the engine's precision may be off.
  testing::AssertionResult all_near(const std::vector<float>& got, const std::vector<float>& want,
                                    float abs, float rel) const {
    return rfmap::all_near(got, want, abs + slack_of(GetParam()).operation * largest(want), rel);
  }
  testing::AssertionResult is(const std::vector<float>& got, const std::vector<float>& want) const {
    return all_near(got, want, 0, 0);
  }

  std::unique_ptr<plan::Engine> engine_ = engine_of(GetParam());
};

/// 0, 1, 2, ... in C, H, W order.
inline std::vector<float> ramp(const Shape& shape, float step = 1) {
  std::vector<float> values(shape.volume());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = float(i) * step;
  return values;
}

}  // namespace rfmap::testing_engines
