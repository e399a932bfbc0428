#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

std::string Conv::name() const { return kind; }

Facts Conv::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  const int channels = g.in().c;
  if (groups < 1 || channels % groups != 0 || out_channels % groups != 0)
    g.fail(std::to_string(groups) + " groups do not divide " + std::to_string(channels) +
           " input and " + std::to_string(out_channels) + " output channels");
  if (out_channels < 1) g.fail("it has no output channels");
  const Size map = map_size(g, *this, false);
  const std::size_t taps = std::size_t(channels / groups) * kernel.h * kernel.w;
  g.expect_values(weights, out_channels * taps, "its weights");
  g.expect_values(bias, out_channels, "its biases");
  const Shape shape{out_channels, map.h, map.w};
  return {.shape = shape,
          .inputs = {window_reads(*this, ChannelGroups{channels / groups, out_channels / groups})},
          .sign = Sign::any,
          .macs = double(shape.volume()) * double(taps)};
}

std::string FullyConnected::name() const { return "fully connected"; }

Facts FullyConnected::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  if (g.in().h != 1 || g.in().w != 1)
    g.fail("its input of " + text(g.in()) + " is not a vector; it has to be flattened first");
  if (out < 1) g.fail("it has no outputs");
  g.expect_values(weights, std::size_t(out) * g.in().c, "its weights");
  g.expect_values(bias, out, "its biases");
  return {.shape = {out, 1, 1},
          .inputs = {{WholeAxis{}, WholeAxis{}, AllChannels{}}},
          .sign = Sign::any,
          .macs = double(out) * double(g.in().volume())};
}

}  // namespace rfmap
