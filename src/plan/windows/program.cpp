#include "plan/windows/program.h"

#include <algorithm>
#include <type_traits>

#include "core/overloaded.h"
#include "graph/rearrange.h"
#include "plan/windows/extent.h"

namespace rfmap::plan {

using namespace graph;

namespace {

/// A program under construction.
class Builder {
 public:
  Builder(const WindowProgramSpec& spec, SliceCache& slices)
      : spec_(spec), net_(*spec.net), slices_(slices), value_of_(net_.graph.nodes.size(), kNone) {}

  Program build() {
    for (int step : spec_.part->steps) append_step(step);
    for (int i = 0; i < int(spec_.reads.size()); ++i)
      program_.steps.push_back({ReadPoints{spec_.response, i}, {value_of_[spec_.reads[i]]}});
    return std::move(program_);
  }

 private:
  const Node& node(int index) const { return net_.graph.nodes[index]; }
  const ChannelRange& channels(int index) const { return spec_.part->channels[index]; }

  int add_value(const Shape& shape, const std::string& layer, int window = kNone) {
    program_.values.push_back({shape, spec_.batch, kNone, layer, window});
    return int(program_.values.size()) - 1;
  }
  int resident_value(int resident) {
    const auto [it, fresh] = resident_values_.try_emplace(resident, int(program_.values.size()));
    if (fresh) {
      program_.values.push_back((*spec_.residents)[resident]);
      program_.values.back().resident = resident;
    }
    return it->second;
  }

  void append_step(int step);
  int result_value(int step);
  ChangedMap changed_map(int step, int input, const ChannelRange& range, std::vector<int>& inputs);
  int append_crop(int step, int k, const ChannelRange& range, float border);
  int append_gather(int step);
  bool is_moved(int step) const;
  ChannelRange source_range(int step, int k) const;
  int input_value(int step, int k, float border);
  Size window_size(int result) const { return spec_.windows.size(spec_.windows.index(result)); }
  StepKind make_kind(int step);
  Operation cut_operation(const Operation& op, const ChannelRange& out, const Size& window);
  std::optional<Activation> cut_activation(int node, const ChannelRange& out);

  const WindowProgramSpec& spec_;
  const WindowNet& net_;
  SliceCache& slices_;
  Program program_;
  std::vector<int> value_of_;
  std::map<int, int> resident_values_;
};

/// Whether a step that makes values from a changed map makes all values of the operation: borders,
/// slices of rows and columns, gathered windows.
bool Builder::is_moved(int step) const {
  const int operation = net_.steps[step].operation;
  const auto* slice = std::get_if<Slice>(&node(operation).op);
  return std::holds_alternative<Pad>(node(operation).op) || (slice && slice->axis != 0) ||
         net_.facts[operation].gather;
}

bool is_average(const NodeOperation& op) {
  const auto* pool = std::get_if<Pool>(&op);
  return pool && pool->kind == Pool::Kind::average;
}

/// Channels of its k-th input that a step reads.
ChannelRange Builder::source_range(int step, int k) const {
  const Fused& fused = net_.steps[step];
  const Node& op = node(fused.operation);
  const std::vector<int> inputs = step_inputs(net_, step);
  if (k == int(op.inputs.size())) return channels(fused.result);  // residual
  if (step != spec_.part->selected)
    return needed_channels(net_, fused.operation, k, channels(fused.result));
  const int per_in = std::get<ChannelGroups>(net_.facts[fused.operation].inputs[k].channels).in;
  return {spec_.part->group * per_in, (spec_.part->group + 1) * per_in};
}

/// Channels `range` of an input's map and what has changed of it, which `inputs` holds then.
ChangedMap Builder::changed_map(int step, int input, const ChannelRange& range,
                                std::vector<int>& inputs) {
  ChangedMap map;
  map.window = spec_.windows.index(net_.steps[step].result);
  map.selected = spec_.part->selected >= 0 && step > spec_.part->selected;
  map.first_channel = range.begin;
  inputs = {resident_value(spec_.original_residents.at(input))};
  if (input == 0) {
    map.occluder = true;
  } else if (net_.constant[input]) {
    return map;
  } else if (value_of_[input] >= 0) {
    map.paste_window = spec_.windows.index(input);
    map.paste_channel = range.begin - channels(input).begin;
    inputs.push_back(value_of_[input]);
  } else {
    map.paste_window = spec_.windows.count() + spec_.frontier.index(input);
    map.paste_channel = range.begin;
    map.parents = true;
    inputs.push_back(resident_value(spec_.frontier_residents.at(input)));
  }
  return map;
}

int Builder::append_crop(int step, int k, const ChannelRange& range, float border) {
  const Fused& fused = net_.steps[step];
  const bool residual = k == int(node(fused.operation).inputs.size());
  const AxisRule y = residual ? AxisRule{} : axis_rule(net_, fused.operation, k, Axis::y);
  const AxisRule x = residual ? AxisRule{} : axis_rule(net_, fused.operation, k, Axis::x);
  const Size out = window_size(fused.result);
  std::vector<int> inputs;
  CropWindow crop{changed_map(step, step_inputs(net_, step)[k], range, inputs)};
  crop.reach = {y.reach, x.reach};
  crop.stride = {y.stride, x.stride};
  crop.pad = {y.pad, x.pad};
  crop.border = border;
  const Shape shape{range.size(), (out.h - 1) * y.stride + y.reach,
                    (out.w - 1) * x.stride + x.reach};
  const int value =
      add_value(shape, node(fused.operation).name, is_moved(step) ? crop.window : kNone);
  program_.steps.push_back({crop, std::move(inputs), value});
  return value;
}

int Builder::append_gather(int step) {
  const Fused& fused = net_.steps[step];
  std::vector<int> inputs;
  const int input = node(fused.operation).inputs.front();
  GatherWindow gather{changed_map(step, input, source_range(step, 0), inputs),
                      *net_.facts[fused.operation].gather};
  const Size out = window_size(fused.result);
  const int value = add_value({channels(fused.result).size(), out.h, out.w},
                              node(fused.operation).name, gather.window);
  program_.steps.push_back({std::move(gather), std::move(inputs), value});
  return value;
}

/// The k-th input of a step as a value of this program: a crop, or the value itself if a unary
/// point-wise operation has the window of its input. Of a gathered window: its result.
int Builder::input_value(int step, int k, float border) {
  if (net_.facts[net_.steps[step].operation].gather) return append_gather(step);
  const int input = step_inputs(net_, step)[k];
  const ChannelRange range = source_range(step, k);
  const bool same_window = is_unary_pointwise(net_, net_.steps[step].operation);
  if (same_window && value_of_[input] >= 0 && channels(input) == range) return value_of_[input];
  return append_crop(step, k, range, border);
}

std::optional<Activation> Builder::cut_activation(int index, const ChannelRange& out) {
  if (index < 0) return std::nullopt;
  Activation activation = std::get<Activation>(node(index).op);
  if (activation.per_channel())
    activation.slope = slices_.slice(activation.slope, out.begin, out.end);
  return activation;
}

/// The operation without padding, for a range of its output channels and the size of its window.
Operation Builder::cut_operation(const Operation& op, const ChannelRange& out, const Size& window) {
  const auto cut = [&](const Floats& values) { return slices_.slice(values, out.begin, out.end); };
  const auto cut_own = core::Overloaded{
      [&](Conv o) -> Operation {
        const std::size_t row = o.weights->size() / std::size_t(o.out_channels);
        const int per_group = o.out_channels / o.groups;
        o.weights = slices_.slice(o.weights, out.begin * row, out.end * row);
        o.bias = cut(o.bias);
        o.groups = o.groups == 1 ? 1 : out.size() / per_group;
        o.out_channels = out.size();
        o.pad = {};
        return o;
      },
      [](Pool o) -> Operation {
        o.pad = {};
        o.ceil_mode = false;
        return o;
      },
      [&](Affine o) -> Operation {
        o.scale = cut(o.scale);
        o.shift = cut(o.shift);
        return o;
      },
      [&](Activation o) -> Operation {
        if (o.per_channel()) o.slope = cut(o.slope);
        return o;
      },
      [&](const Rearrange& o) -> Operation {
        return of_crop(o, {out.size(), window.h, window.w});
      },
      [](const core::OneOf<FullyConnected, Parameter, Resample> auto& o) -> Operation { return o; },
      []<class Op>(const Op& o) -> Operation {
        static_assert(std::is_trivially_copyable_v<Op>, "an operation with numbers to be cut");
        return o;
      },
  };
  return std::visit(cut_own, op);
}

StepKind Builder::make_kind(int step) {
  const Fused& fused = net_.steps[step];
  const NodeOperation& op = node(fused.operation).op;
  const ChannelRange& out = channels(fused.result);
  const std::optional<Activation> activation = cut_activation(fused.activation, out);
  if (step == spec_.part->selected) {
    Conv conv = std::get<Conv>(op);
    conv.pad = {};
    return SelectedConv{conv, activation};
  }
  if (is_average(op)) {
    const Shape& map = node(node(fused.operation).inputs.front()).shape;
    return WindowAverage{std::get<Pool>(op), spec_.windows.index(fused.result), {map.h, map.w}};
  }
  const bool whole = !is_local(net_.facts[fused.operation]);
  const Operation all = computed(op);
  return Compute{whole ? all : cut_operation(all, out, window_size(fused.result)),
                 fused.residual >= 0, activation};
}

/// A value for a step's result: scratch, or the resident that stores it.
int Builder::result_value(int step) {
  const int result = net_.steps[step].result;
  const int window = spec_.windows.index(result);
  const auto kept = spec_.kept.find(result);
  if (kept != spec_.kept.end()) {
    const int value = resident_value(kept->second);
    program_.values[value].window = window;
    return value;
  }
  const Size size = spec_.windows.size(window);
  return add_value({channels(result).size(), size.h, size.w}, node(net_.steps[step].operation).name,
                   window);
}

/// The rest of a step after its crop, its gathered window or its average.
Compute cellwise_step(const std::optional<Activation>& activation) {
  Compute compute;
  if (activation)
    compute.op = *activation;
  else
    compute.op = Reshape{};
  return compute;
}

void Builder::append_step(int step) {
  const Fused& fused = net_.steps[step];
  const NodeOperation& op = node(fused.operation).op;
  const float border = net_.facts[fused.operation].border;
  std::vector<int> values;
  for (int k = 0; k < int(step_inputs(net_, step).size()); ++k)
    values.push_back(input_value(step, k, border));
  int& output = value_of_[fused.result];
  if (is_moved(step) && fused.activation < 0 && !spec_.kept.contains(fused.result)) {
    output = values.front();
    return;
  }
  const bool average = is_average(op);
  const std::optional<Activation> activation =
      cut_activation(fused.activation, channels(fused.result));
  if (average && activation) {
    const Value like = program_.values[values.front()];
    const Size window = window_size(fused.result);
    const int mean = add_value({like.shape.c, window.h, window.w}, like.layer,
                               spec_.windows.index(fused.result));
    program_.steps.push_back({make_kind(step), std::move(values), mean});
    values = {mean};
  }
  output = result_value(step);
  const bool cellwise = is_moved(step) || (average && activation);
  program_.steps.push_back({cellwise ? StepKind(cellwise_step(activation)) : make_kind(step),
                            std::move(values), output});
}

}  // namespace

Floats SliceCache::slice(const Floats& all, std::size_t begin, std::size_t end) {
  if (!all || (begin == 0 && end == all->size())) return all;
  Floats& cut = slices_[{all.get(), begin, end}];
  if (!cut)
    cut = std::make_shared<std::vector<float>>(all->begin() + std::ptrdiff_t(begin),
                                               all->begin() + std::ptrdiff_t(end));
  return cut;
}

int WindowSizes::index(int node) const {
  if (!y) return kNone;
  const auto it = std::lower_bound(y->nodes.begin(), y->nodes.end(), node);
  return it != y->nodes.end() && *it == node ? int(it - y->nodes.begin()) : kNone;
}

Program window_program(const WindowProgramSpec& spec, SliceCache& slices) {
  return Builder(spec, slices).build();
}

}  // namespace rfmap::plan
