#include "model/turn.h"

#include <memory>
#include <utility>
#include <vector>

#include "core/overloaded.h"
#include "model/constant.h"

namespace rfmap::importing {
namespace {

Size turned(Size size) { return {size.w, size.h}; }
Margins turned(const Margins& m) { return {m.left, m.top, m.right, m.bottom}; }

/// [filters, h, w] -> [filters, w, h]
Floats turned(const Floats& kernels, Size size) {
  if (!kernels) return kernels;
  auto result = std::make_shared<std::vector<float>>();
  result->reserve(kernels->size());
  const std::size_t area = std::size_t(size.h) * size.w;
  for (std::size_t first = 0; first < kernels->size(); first += area)
    for (int x = 0; x < size.w; ++x)
      for (int y = 0; y < size.h; ++y)
        result->push_back((*kernels)[first + std::size_t(y) * size.w + x]);
  return result;
}

Floats repeated(const Floats& values, int times) {
  constexpr std::size_t kMost = std::size_t(1) << 26;
  if (!values) return values;
  if (values->size() * std::size_t(times) > kMost)
    throw Refusal("it runs over " + std::to_string(times) + " maps in the place of the batch");
  auto result = std::make_shared<std::vector<float>>();
  for (int i = 0; i < times; ++i) result->insert(result->end(), values->begin(), values->end());
  return result;
}

template <class Window>
void turn_window(Window& op) {
  op.kernel = turned(op.kernel);
  op.stride = turned(op.stride);
  op.dilation = turned(op.dilation);
  op.pad = turned(op.pad);
}

}  // namespace

std::optional<NodeOperation> with_turned_axes(const NodeOperation& operation) {
  using Turned = std::optional<NodeOperation>;
  return std::visit(core::Overloaded{
                        [](Conv op) {
                          op.weights = turned(op.weights, op.kernel);
                          turn_window(op);
                          return Turned(op);
                        },
                        [](Pool op) {
                          turn_window(op);
                          return Turned(op);
                        },
                        [](Pad op) {
                          op.margins = turned(op.margins);
                          return Turned(op);
                        },
                        [](Resample op) {
                          std::swap(op.y, op.x);
                          return Turned(op);
                        },
                        [](TheoryOnly op) {
                          std::swap(op.y, op.x);
                          return Turned(op);
                        },
                        [](const Lrn& op) { return Turned(op); },
                        [](const auto&) { return Turned(); },
                    },
                    operation);
}

std::optional<NodeOperation> repeated(const NodeOperation& operation, int times) {
  using Repeated = std::optional<NodeOperation>;
  return std::visit(
      core::Overloaded{
          [&](Conv op) {
            op.weights = repeated(op.weights, times);
            op.bias = repeated(op.bias, times);
            op.groups *= times;
            op.out_channels *= times;
            return Repeated(op);
          },
          [](const core::OneOf<Pool, Pad, Resample> auto& op) { return Repeated(op); },
          [](const auto&) { return Repeated(); },
      },
      operation);
}

}  // namespace rfmap::importing
