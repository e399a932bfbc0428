#include "plan/programs.h"

#include <utility>

#include "plan/fusion.h"
#include "plan/memory.h"

namespace rfmap::plan {
namespace {

/// A program under construction, its graph already pruned to what is read.
struct Draft {
  Program program;
  Graph graph;
  std::vector<int> targets;      ///< nodes that are read, as given, in `graph`'s numbering
  std::vector<int> value_of;     ///< by node; kNone while it has no value
  std::map<int, int> residents;  ///< node -> resident that is its value
  int batch = 1;
};

int add_value(Program& program, const Value& value) {
  program.values.push_back(value);
  return int(program.values.size()) - 1;
}

/// A value for a node; `layer` names it in messages.
int add_node_value(Draft& draft, int node, const std::string& layer) {
  const auto resident = draft.residents.find(node);
  const int kept = resident == draft.residents.end() ? kNone : resident->second;
  return draft.value_of[node] =
             add_value(draft.program, {draft.graph.nodes[node].shape, draft.batch, kept, layer});
}

/// `residents` by node of `graph`.
Draft make_draft(const std::string& name, const Graph& graph, const std::vector<int>& nodes,
                 int batch, const std::map<int, int>& residents = {}) {
  Pruned pruned = prune(graph, nodes);
  Draft draft;
  draft.program.name = name;
  for (int node : nodes) draft.targets.push_back(pruned.new_index[node]);
  for (const auto& [node, resident] : residents) draft.residents[pruned.new_index[node]] = resident;
  draft.graph = std::move(pruned.graph);
  draft.value_of.assign(draft.graph.nodes.size(), kNone);
  draft.batch = batch;
  add_node_value(draft, 0, draft.graph.nodes.front().name);
  return draft;
}

/// One Compute step per group of nodes.
void append_trunk(Draft& draft) {
  const Graph& graph = draft.graph;
  for (const Fused& fused : fuse(graph, draft.targets)) {
    Step step{compute_of(graph, fused), {}};
    for (int input : graph.nodes[fused.operation].inputs)
      step.inputs.push_back(draft.value_of[input]);
    if (fused.residual >= 0) step.inputs.push_back(draft.value_of[fused.residual]);
    step.output = add_node_value(draft, fused.result, graph.nodes[fused.operation].name);
    draft.program.steps.push_back(std::move(step));
  }
}

/// A draft whose images are loaded and pass through the trunk.
Draft pass_images(const std::string& name, const Graph& graph, const std::vector<int>& nodes,
                  int batch, const std::map<int, int>& residents = {}) {
  Draft draft = make_draft(name, graph, nodes, batch, residents);
  draft.program.steps.push_back({LoadImages{}, {}, draft.value_of[0]});
  append_trunk(draft);
  return draft;
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
  Draft draft = pass_images("scan", graph, nodes, batch);
  const int kinds = minima ? 2 : 1;
  for (int i = 0; i < int(targets.size()); ++i) {
    const int node = draft.targets[i];
    const std::vector<int> channels = targets[i].channels.empty()
                                          ? all_channels(draft.graph.nodes[node].shape)
                                          : targets[i].channels;
    for (int k = 0; k < kinds; ++k)
      draft.program.steps.push_back(
          {ReadExtrema{k == 1, channels, kinds * i + k}, {draft.value_of[node]}});
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
    draft.program.steps.push_back({ReadResponse{response, i}, {draft.value_of[draft.targets[i]]}});
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
  Draft draft = pass_images("maps", graph, nodes, batch);
  for (int i = 0; i < int(nodes.size()); ++i)
    draft.program.steps.push_back({ReadMap{i}, {draft.value_of[draft.targets[i]]}});
  read_early(draft.program);
  return draft.program;
}

Program original_maps_program(const Graph& graph, const std::vector<int>& nodes,
                              const std::map<int, int>& residents, int slots, Response response) {
  Draft draft = pass_images("original", graph, nodes, slots, residents);
  for (int i = 0; i < int(nodes.size()); ++i) {
    const StepKind read =
        response == Response::location ? StepKind(ReadResponse{response, i}) : StepKind(ReadMap{i});
    draft.program.steps.push_back({read, {draft.value_of[draft.targets[i]]}, -1});
  }
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

}  // namespace rfmap::plan
