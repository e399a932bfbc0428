#include "graph/facts.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/overloaded.h"
#include "graph/ops/common.h"

namespace rfmap::graph {

std::string text(const Shape& s) { return fmt::format("{} x {} x {}", s.c, s.h, s.w); }
std::string text(const Size& s) { return fmt::format("{} x {}", s.h, s.w); }

int checked_side(const Given& given, std::int64_t side) {
  if (side < 1 || side > std::numeric_limits<int>::max())
    given.fail(fmt::format("its output would have a side of {} for an input of {}", side,
                           text(given.in())));
  return int(side);
}

void expect_axis(const Given& given, int axis) {
  if (axis < 0 || axis > 2) given.fail("axis " + std::to_string(axis) + " is not 0, 1 or 2");
}

int windows_along(const Given& given, std::int64_t n, const SideWindow& w, bool ceil_mode) {
  if (w.kernel < 1 || w.stride < 1 || w.dilation < 1 || w.before < 0 || w.after < 0)
    given.fail("kernel, stride and dilation must be positive and padding not negative");
  std::int64_t room = n + w.before + w.after - (w.dilation * (w.kernel - 1) + 1);
  if (ceil_mode) room += w.stride - 1;
  if (room < 0) return 0;
  std::int64_t count = room / w.stride + 1;
  if (ceil_mode && (count - 1) * w.stride >= n + w.before) --count;
  return checked_side(given, count);
}

void Given::fail(const std::string& problem) const {
  throw ModelError("node '" + node + "' (" + kind + "): " + problem + ".");
}

void Given::expect_inputs(bool right) const {
  if (!right) fail("it has " + std::to_string(inputs.size()) + " inputs");
}

void Given::expect_values(const Floats& values, std::size_t count, const std::string& what) const {
  if (values && values->size() != count)
    fail(fmt::format("{} hold {} numbers where {} are expected for an input of {}", what,
                     values->size(), count, text(in())));
}

namespace {

Facts stated(const std::string& node, const NodeOperation& op, const std::vector<Shape>& inputs,
             const Shape& wanted) {
  const std::string kind = kind_name(op);
  return std::visit([&](const auto& o) { return o.facts({node, kind, inputs, wanted}); }, op);
}

}  // namespace

Facts facts_of(const Graph& graph, const Node& node) {
  std::vector<Shape> inputs;
  for (int input : node.inputs) inputs.push_back(graph.nodes[input].shape);
  return stated(node.name, node.op, inputs, node.shape);
}

std::vector<Facts> facts_of(const Graph& graph) {
  std::vector<Facts> facts;
  for (const Node& node : graph.nodes) facts.push_back(facts_of(graph, node));
  return facts;
}

InputReads cellwise() { return {Sliding{}, Sliding{}, SameChannel{}}; }

ChannelRange channels_read(const ChannelReads& reads, int c, int in_channels) {
  const auto within = [&](int begin, int end) {
    const ChannelRange range{std::max(begin, 0), std::min(end, in_channels)};
    return range.size() > 0 ? range : ChannelRange{};
  };
  return std::visit(
      core::Overloaded{
          [&](const SameChannel&) { return within(c, c + 1); },
          [&](const ChannelGroups& g) { return within(c / g.out * g.in, (c / g.out + 1) * g.in); },
          [&](const ChannelNeighbours& n) { return within(c - n.before, c + n.after + 1); },
          [&](const ShiftedChannel& s) { return within(c + s.by, c + s.by + 1); },
          [&](const ListedChannels& l) {
            const ChannelRange& range = l.of->at(std::size_t(c));
            return within(range.begin, range.end);
          },
          [&](const AllChannels&) { return within(0, in_channels); },
      },
      reads);
}

}  // namespace rfmap::graph

namespace rfmap {

std::string kind_name(const NodeOperation& op) {
  return std::visit([](const auto& o) { return o.name(); }, op);
}

Shape output_shape(const std::string& node, const NodeOperation& op,
                   const std::vector<Shape>& inputs, const Shape& wanted) {
  return graph::stated(node, op, inputs, wanted).shape;
}

double macs(const NodeOperation& op, const std::vector<Shape>& inputs, const Shape& output) {
  return graph::stated("", op, inputs, output).macs;
}

double macs(const Graph& graph, int node) { return graph::facts_of(graph, graph.nodes[node]).macs; }

NodeOperation in_graph(const Operation& op) {
  return std::visit([](const auto& o) { return NodeOperation(o); }, op);
}

Operation computed(const NodeOperation& op) {
  return std::visit(
      core::Overloaded{
          [](const auto& o) -> Operation { return o; },
          [](const Input&) -> Operation { throw std::logic_error("the input is not computed"); },
          [](const TheoryOnly& o) -> Operation {
            throw ModelError("The operation " + o.kind +
                             " is known to rfmap theory alone; layers before it can be measured.");
          },
      },
      op);
}

}  // namespace rfmap
