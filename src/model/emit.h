#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/builder.h"

/// Operations that both importers create, in the file's terms: extents and axes with the batch.
namespace rfmap::importing {

// emit_moves.cpp

/// Extents of `from` under the target (-1: the rest; 0: copied, unless `zero_is_zero`). Throws
/// ModelError if the numbers of elements differ.
Dims reshaped(const Dims& from, const Dims& target, bool zero_is_zero);

Value reshape(Builder& builder, const Label& label, const Value& input, const Dims& dims);
/// Axes `axis`.. joined into one.
Value flatten(Builder& builder, const Label& label, const Value& input, int axis);
Value transpose(Builder& builder, const Label& label, const Value& input,
                const std::vector<int>& order);
/// Axes of `dims`, another view of the input's values, in a new order, joined into those of `to`.
Value regrouped(Builder& builder, const Label& label, const Value& input, const Dims& dims,
                const std::vector<int>& order, const Dims& to);
/// Channels seen as [groups, channels / groups] and transposed; `groups` divides them.
Value shuffle(Builder& builder, const Label& label, const Value& input, int groups);
Value concat(Builder& builder, const Label& label, const std::vector<Value>& inputs, int axis);
/// Positions begin, begin + step, ... (`count` of them) along an axis.
struct Positions {
  std::int64_t begin = 0, count = 1, step = 1;
};
Value slice(Builder& builder, const Label& label, const Value& input, int axis,
            const Positions& positions);
/// Repeats axes of extent 1 (numpy's rule).
Value expand(Builder& builder, const Label& label, const Value& input, const Dims& dims);
/// Axis i `repeats[i]` times, one after the other.
Value tile(Builder& builder, const Label& label, const Value& input, const Dims& repeats);
/// Numbers of positions before and behind an axis; negative ones cut.
using PadPair = std::pair<int, int>;
/// Constant values around a tensor, by axis.
Value pad(Builder& builder, const Label& label, const Value& input,
          const std::vector<PadPair>& pads, float value);
/// A constant as a value of the network.
Value constant_value(Builder& builder, const Label& label, const Constant& constant);

// emit_resample.cpp

/// Linear maps along axes of a tensor, by axis; axes without taps are kept. They run over the rows
/// and columns of the map where the axes lie there, else values move. Throws Refusal for the axis
/// of the samples.
Value resampled(Builder& builder, const Label& label, const Value& input,
                const std::vector<AxisTaps>& along, const std::string& kind);

// emit.cpp

/// Inputs of any shapes that go together by numpy's rule.
Value elementwise(Builder& builder, const Label& label, Elementwise::Kind kind,
                  const std::vector<Value>& inputs);
/// input * scale + shift; the constants broadcast by numpy's rule.
Value affine(Builder& builder, const Label& label, const Value& input,
             const std::optional<Constant>& scale, const std::optional<Constant>& shift);
/// The input in a layout in which `axes` of the tensor are whole axes of the map, and these.
std::pair<Value, AxisSet> along_axes(Builder& builder, const Label& label, const Value& input,
                                     const std::vector<int>& axes);
/// `op`, a softmax or a normalisation, over the axes.
template <class Op>
Value over_axes(Builder& builder, const Label& label, const Value& input,
                const std::vector<int>& axes, Op op) {
  const auto [laid, whole] = along_axes(builder, label, input, axes);
  op.axes = whole;
  return builder.add_in_place(label, op, {laid});
}
/// One value for all along the axes, which stay with extent 1 (`keep`) or go.
enum class Reduced { keep, drop };
Value reduce(Builder& builder, const Label& label, const Value& input, Reduce::Kind kind,
             const std::vector<int>& axes, Reduced how);
/// Maximum or mean over all axes but batch and channel.
Value global_pool(Builder& builder, const Label& label, const Value& input, Pool::Kind kind);
/// weights [out, in] on the last axis; `bias` [out] or null.
Value linear(Builder& builder, const Label& label, const Value& input, const Floats& weights,
             int out, const Floats& bias);
/// Products of the matrices in the last two axes.
Value matrix_product(Builder& builder, const Label& label, const Value& a, const Value& b);

/// The numbers of a constant that broadcasts over `input`, in the order of its map: one per
/// channel, or one per value.
Floats spread(Builder& builder, const Constant& constant, const Value& input);
/// One number per channel of the map; throws Refusal if the constant varies over space.
Floats spread_per_channel(Builder& builder, const Constant& constant, const Value& input);
Floats filled(std::size_t count, float value);
/// [rows, columns] -> [columns, rows], times `factor`.
Floats transposed(const Floats& from, std::int64_t rows, std::int64_t columns, float factor = 1);

}  // namespace rfmap::importing
