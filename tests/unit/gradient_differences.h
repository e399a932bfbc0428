#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/gradient.h"

#include "engine/network.h"
#include "engines/make_engine.h"

/// Gradients held against differences of the reference engine's responses.
namespace rfmap::testing_gradients {

/// Responses of one neuron by the reference engine.
class NeuronResponse {
 public:
  NeuronResponse(const Graph& graph, const Neuron& neuron)
      : neuron_(neuron),
        shape_(graph.nodes[neuron.node].shape),
        engine_(engines::make_engine("reference", {})) {
    plan::ProgramSet set;
    set.programs = {plan::map_program(graph, {neuron.node}, 1)};
    session_ = engine_->compile(set);
  }
  double at(const std::vector<float>& image) {
    plan::Call call;
    call.images = image;
    plan::Reply reply;
    session_->run(0, call, reply);
    double sum = 0;
    for (int c = 0; c < shape_.c; ++c)
      if (neuron_.channel < 0 || neuron_.channel == c)
        sum += reply.maps[0][(std::size_t(c) * shape_.h + neuron_.position.y) * shape_.w +
                             neuron_.position.x];
    return sum;
  }

 private:
  Neuron neuron_;
  Shape shape_;
  std::unique_ptr<plan::Engine> engine_;
  std::unique_ptr<plan::Session> session_;
};

inline constexpr float kStep = 1.f / 256;

/// Every input value's gradient lies between its one-sided differences (equal but at kinks).
inline void expect_gradient(const Graph& graph, const Neuron& neuron, std::vector<float> image,
                            double tolerance = 2e-3) {
  Gradients gradients(graph, {neuron.node}, 1);
  gradients.forward(image);
  NeuronResponse response(graph, neuron);
  const double here = response.at(image);
  EXPECT_NEAR(gradients.response(neuron), here, 1e-4 * std::max(1.0, std::fabs(here)));
  const auto span = gradients.backward(neuron);
  const std::vector<float> gradient(span.begin(), span.end());
  const double slack = tolerance * testing_engines::largest(gradient) + 1e-4;
  EXPECT_GT(testing_engines::largest(gradient), 0);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const float kept = image[i];
    image[i] = kept + kStep;
    const double above = (response.at(image) - here) / kStep;
    image[i] = kept - kStep;
    const double below = (here - response.at(image)) / kStep;
    image[i] = kept;
    ASSERT_GE(gradient[i], std::min(above, below) - slack) << "input value " << i;
    ASSERT_LE(gradient[i], std::max(above, below) + slack) << "input value " << i;
  }
}

/// One operation after a convolution of 9 channels (a partly filled channel block).
inline void expect_gradient_of(const Operation& op, const Neuron& place, const Shape& wanted = {}) {
  testing_engines::Draw draw(3);
  testing_engines::Network net({2, 8, 7});
  net.add(testing_engines::random_conv(draw, 2, 9, {3, 3}));
  net.add(op, {net.last()}, wanted);
  const Neuron neuron{net.last(), place.channel, place.position};
  expect_gradient(net.graph, neuron, draw.values(net.graph.input().volume()));
}

}  // namespace rfmap::testing_gradients
