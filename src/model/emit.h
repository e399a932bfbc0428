#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/builder.h"

/// Operations that both importers create, in the file's terms: extents and axes with the batch.
namespace rfmap::importing {

/// Extents of `from` under the target (-1: the rest; 0: copied, unless `zero_is_zero`). Throws
/// ModelError if the numbers of elements differ.
Dims reshaped(const Dims& from, const Dims& target, bool zero_is_zero);

/// Refuses to move data between the batch and the rest. Rank 5 (channels seen as groups) adds no
/// node until the shuffling transposition is reshaped back.
Value reshape(Builder& builder, const Label& label, const Value& input, const Dims& dims);
/// Axes `axis`.. joined into one; refuses axis 0.
Value flatten(Builder& builder, const Label& label, const Value& input, int axis);
Value transpose(Builder& builder, const Label& label, const Value& input,
                const std::vector<int>& order);
Value concat(Builder& builder, const Label& label, const std::vector<Value>& inputs, int axis);
Value slice(Builder& builder, const Label& label, const Value& input, int axis, const Slice& range);
Value elementwise(Builder& builder, const Label& label, Elementwise::Kind kind,
                  const std::vector<Value>& inputs);
/// input * scale + shift; the constants broadcast by numpy's rule.
Value affine(Builder& builder, const Label& label, const Value& input,
             const std::optional<Constant>& scale, const std::optional<Constant>& shift);
/// Over one axis.
Value softmax(Builder& builder, const Label& label, const Value& input, int axis,
              Softmax::Kind kind = Softmax::Kind::probability);
/// Maximum or mean over all axes but batch and channel; `keep` keeps them with extent 1.
Value global_pool(Builder& builder, const Label& label, const Value& input, Pool::Kind kind,
                  bool keep);

/// The numbers of a constant that broadcasts over `input`: one per channel, or one per value of a
/// map.
Floats spread(const Constant& constant, const Value& input);
/// One number per channel; throws Refusal if the constant varies over space.
Floats spread_per_channel(const Constant& constant, const Value& input);
Floats filled(std::size_t count, float value);
/// [rows, columns] -> [columns, rows], times `factor`.
Floats transposed(const Floats& from, std::int64_t rows, std::int64_t columns, float factor = 1);

}  // namespace rfmap::importing
