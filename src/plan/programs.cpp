#include <map>
#include <utility>

#include "rfmap/plan.h"

#include "plan/fusion.h"
#include "plan/memory.h"

namespace rfmap {
namespace {

/// A program under construction, its graph already pruned to what is read.
struct Draft {
  Program program;
  Graph graph;
  std::vector<int> targets;   ///< nodes that are read, as given, in `graph`'s numbering
  std::vector<int> value_of;  ///< by node; -1 while it has no value
  int batch = 1;
};

int add_value(Program& program, const Value& value) {
  program.values.push_back(value);
  return int(program.values.size()) - 1;
}

Draft make_draft(const std::string& name, const Graph& graph, const std::vector<int>& nodes,
                 int batch) {
  Pruned pruned = prune(graph, nodes);
  Draft draft;
  draft.program.name = name;
  for (int node : nodes) draft.targets.push_back(pruned.new_index[node]);
  draft.graph = std::move(pruned.graph);
  draft.value_of.assign(draft.graph.nodes.size(), -1);
  draft.batch = batch;
  const Node& input = draft.graph.nodes.front();
  draft.value_of[0] = add_value(draft.program, {input.shape, batch, -1, input.name});
  return draft;
}

/// One Compute step per group of nodes.
void append_trunk(Draft& draft) {
  const Graph& graph = draft.graph;
  for (const Fused& fused : fuse(graph, draft.targets)) {
    Compute compute{computed(graph.nodes[fused.operation].op), fused.residual >= 0, {}};
    if (fused.activation >= 0)
      compute.activation = std::get<Activation>(graph.nodes[fused.activation].op);
    Step step{std::move(compute), {}, -1};
    for (int input : graph.nodes[fused.operation].inputs)
      step.inputs.push_back(draft.value_of[input]);
    if (fused.residual >= 0) step.inputs.push_back(draft.value_of[fused.residual]);
    const Node& result = graph.nodes[fused.result];
    const std::string& layer = graph.nodes[fused.operation].name;
    step.output = add_value(draft.program, {result.shape, draft.batch, -1, layer});
    draft.value_of[fused.result] = step.output;
    draft.program.steps.push_back(std::move(step));
  }
}

/// Reads move up to where their input is made, so that its memory is free as early as may be.
void read_early(Program& program) {
  std::multimap<int, Step> reads;
  std::vector<Step> makers;
  for (Step& step : program.steps) {
    if (step.output >= 0)
      makers.push_back(std::move(step));
    else
      reads.emplace(step.inputs.front(), std::move(step));
  }
  program.steps.clear();
  for (Step& maker : makers) {
    const auto [first, last] = reads.equal_range(maker.output);
    program.steps.push_back(std::move(maker));
    for (auto read = first; read != last; ++read) program.steps.push_back(std::move(read->second));
  }
}

std::vector<int> all_channels(const Shape& shape) {
  std::vector<int> channels(shape.c);
  for (int c = 0; c < shape.c; ++c) channels[c] = c;
  return channels;
}

/// MACs of one sample of one Compute step.
double step_macs(const Program& program, const Step& step) {
  const auto* compute = std::get_if<Compute>(&step.kind);
  if (!compute) return 0;
  std::vector<Shape> inputs;
  for (int input : step.inputs) inputs.push_back(program.values[input].shape);
  if (compute->residual) inputs.pop_back();
  return macs(in_graph(compute->op), inputs, program.values[step.output].shape);
}

}  // namespace

Program scan_program(const Graph& graph, const std::vector<Target>& targets, int batch,
                     bool minima) {
  std::vector<int> nodes;
  for (const Target& target : targets) nodes.push_back(target.node);
  Draft draft = make_draft("scan", graph, nodes, batch);
  draft.program.steps.push_back({LoadImages{}, {}, draft.value_of[0]});
  append_trunk(draft);
  const int kinds = minima ? 2 : 1;
  for (int i = 0; i < int(targets.size()); ++i) {
    const int node = draft.targets[i];
    const std::vector<int> channels = targets[i].channels.empty()
                                          ? all_channels(draft.graph.nodes[node].shape)
                                          : targets[i].channels;
    for (int k = 0; k < kinds; ++k)
      draft.program.steps.push_back(
          {ReadExtrema{k == 1, channels, kinds * i + k}, {draft.value_of[node]}, -1});
  }
  read_early(draft.program);
  return draft.program;
}

Program occlude_program(const Graph& graph, const std::vector<int>& nodes, int batch,
                        Response response) {
  Draft draft = make_draft("occlude", graph, nodes, batch);
  // Slots of images: the program reads them by index, so their number is the session's matter.
  const int images = add_value(draft.program, {draft.graph.input(), 1, 0, "images"});
  draft.program.steps.push_back({Occlude{}, {images}, draft.value_of[0]});
  append_trunk(draft);
  for (int i = 0; i < int(nodes.size()); ++i)
    draft.program.steps.push_back(
        {ReadResponse{response, i}, {draft.value_of[draft.targets[i]]}, -1});
  read_early(draft.program);
  return draft.program;
}

Program load_program(const Shape& input, int slots) {
  Program program;
  program.name = "load images";
  add_value(program, {input, slots, 0, "images"});
  program.steps.push_back({LoadImages{}, {}, 0});
  return program;
}

Program map_program(const Graph& graph, const std::vector<int>& nodes, int batch) {
  Draft draft = make_draft("maps", graph, nodes, batch);
  draft.program.steps.push_back({LoadImages{}, {}, draft.value_of[0]});
  append_trunk(draft);
  for (int i = 0; i < int(nodes.size()); ++i)
    draft.program.steps.push_back({ReadMap{i}, {draft.value_of[draft.targets[i]]}, -1});
  read_early(draft.program);
  return draft.program;
}

double macs(const Program& program) {
  double sum = 0;
  for (const Step& step : program.steps) sum += step_macs(program, step);
  return sum;
}

std::size_t scratch_bytes(const Program& program) {
  const std::vector<Lifetime> live = lifetimes(program);
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < live.size(); ++i) {
    const Value& value = program.values[i];
    if (value.resident < 0)
      blocks.push_back({value.shape.volume() * std::size_t(value.batch) * sizeof(float), live[i]});
  }
  return pack(blocks).bytes;
}

}  // namespace rfmap
