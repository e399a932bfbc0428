#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "model/onnx/import.h"

// Matrix products.
namespace rfmap::importing {
namespace {

Floats scaled(const Floats& from, float factor) {
  if (!from || factor == 1) return from;
  auto to = std::make_shared<std::vector<float>>(*from);
  for (float& v : *to) v *= factor;
  return to;
}

/// Axes of a value in another order, without a node of the file.
Value reordered(const Value& value, const std::vector<int>& order) {
  Value result = value;
  result.dims.resize(order.size());
  result.axes.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    result.dims[i] = value.dims[order[i]];
    result.axes[i] = value.axes[order[i]];
  }
  return result;
}

Value with_last_two_swapped(Value value) {
  const std::size_t rank = value.dims.size();
  if (rank < 2) throw Refusal("products with a vector are not supported");
  std::swap(value.dims[rank - 2], value.dims[rank - 1]);
  std::swap(value.axes[rank - 2], value.axes[rank - 1]);
  return value;
}

void expect_length(const Value& input, std::int64_t wanted) {
  if (input.dims.empty() || input.dims.back() != wanted)
    throw ModelError(fmt::format("it takes {} values and is given {}", wanted,
                                 input.dims.empty() ? 0 : input.dims.back()));
}

enum class Form { plain, transposed };

/// `factor` times a constant, [in, out], or [out, in] (`Form::transposed`).
struct Matrix {
  const Constant& constant;
  Form form = Form::plain;
  float factor = 1;
};

Value times_constant(OnnxImport& in, const Label& label, const Value& input, const Matrix& matrix,
                     const Floats& bias = nullptr) {
  const std::int64_t rows = matrix.constant.dims[0], columns = matrix.constant.dims[1];
  const Floats floats = as_floats(matrix.constant);
  const bool is_plain = matrix.form == Form::plain;
  expect_length(input, is_plain ? rows : columns);
  const Floats weights =
      is_plain ? transposed(floats, rows, columns, matrix.factor) : scaled(floats, matrix.factor);
  const int out = to_int(is_plain ? columns : rows, "a side");
  return linear(in.builder, label, input, weights, out, bias);
}

/// A constant [out] or [1] or [1, out] as one number per output; nothing if it has other extents.
Floats as_bias(const Constant& constant, std::int64_t out, float factor) {
  if (std::int64_t(constant.size()) == out) return scaled(as_floats(constant), factor);
  if (constant.size() == 1) return filled(std::size_t(out), factor * float(constant.at(0)));
  return nullptr;
}

bool is_row(const Constant& constant) {
  return volume(constant.dims) == (constant.dims.empty() ? 1 : constant.dims.back());
}

Value import_gemm(OnnxImport& in, OnnxNode& node) {
  Attributes& a = node.attributes;
  const float alpha = a.take_float("alpha", 1), beta = a.take_float("beta", 1);
  Value first = in.value_or_constant(node, 0);
  if (a.take_int("transA", 0) != 0) first = with_last_two_swapped(first);
  const auto form = a.take_int("transB", 0) != 0 ? Form::transposed : Form::plain;
  const bool has_added = node.inputs.size() > 2 && !node.inputs[2].empty();
  const bool added_is_constant = has_added && in.is_constant(node.inputs[2]);
  if (in.is_constant(node.input(1)) && (!has_added || added_is_constant)) {
    const Constant& matrix = in.constant(node.inputs[1]);
    if (matrix.dims.size() != 2) throw Refusal("its second input is not a matrix");
    if (!has_added) return times_constant(in, node.label(), first, {matrix, form, alpha});
    const Constant& added = in.constant(node.inputs[2]);
    const std::int64_t out = matrix.dims[form == Form::plain ? 1 : 0];
    if (is_row(added))
      if (const Floats bias = as_bias(added, out, beta))
        return times_constant(in, node.label(), first, {matrix, form, alpha}, bias);
  }
  Value second = in.value_or_constant(node, 1);
  if (form == Form::transposed) second = with_last_two_swapped(second);
  const Label inner = has_added || alpha != 1 ? node.helper("/product") : node.label();
  Value product = matrix_product(in.builder, inner, first, second);
  if (alpha != 1)
    product = affine(in.builder, has_added ? node.helper("/scaled") : node.label(), product,
                     number(alpha), std::nullopt);
  if (!has_added) return product;
  Value added = in.value_or_constant(node, 2);
  if (beta != 1) added = affine(in.builder, node.helper("/added"), added, number(beta), {});
  return elementwise(in.builder, node.label(), Elementwise::Kind::sum, {product, added});
}

Value import_matmul(OnnxImport& in, OnnxNode& node) {
  const bool first_constant = in.is_constant(node.input(0));
  if (in.is_constant(node.input(1)) && !first_constant) {
    const Constant& matrix = in.constant(node.inputs[1]);
    if (matrix.dims.size() == 2)
      return times_constant(in, node.label(), in.input(node, 0), {matrix});
  }
  if (first_constant && in.constant(node.inputs[0]).dims.size() == 2) {
    const Constant& matrix = in.constant(node.inputs[0]);
    const Value turned = with_last_two_swapped(in.input(node, 1));
    const Value product =
        times_constant(in, {node.label().name, {}}, turned, {matrix, Form::transposed});
    return in.builder.alias(with_last_two_swapped(product), node.label());
  }
  return matrix_product(in.builder, node.label(), in.value_or_constant(node, 0),
                        in.value_or_constant(node, 1));
}

/// The letters of an equation "ij,jk->ik".
struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

Equation parse(std::string text) {
  std::erase(text, ' ');
  Equation equation;
  const std::size_t arrow = text.find("->");
  std::string left = text.substr(0, arrow);
  if (text.find('.') != std::string::npos) throw Refusal("an ellipsis is not supported");
  for (std::size_t comma; (comma = left.find(',')) != std::string::npos; left.erase(0, comma + 1))
    equation.operands.push_back(left.substr(0, comma));
  equation.operands.push_back(left);
  if (arrow != std::string::npos) {
    equation.result = text.substr(arrow + 2);
    return equation;
  }
  std::map<char, int> counts;  // letters that occur once, sorted
  for (const std::string& operand : equation.operands)
    for (const char letter : operand) ++counts[letter];
  for (const auto& [letter, count] : counts)
    if (count == 1) equation.result += letter;
  return equation;
}

bool holds(const std::string& letters, char letter) {
  return letters.find(letter) != std::string::npos;
}

/// Letters of `letters` that (`wanted`) are in both or in neither, in order.
std::string chosen(const std::string& letters, const std::string& other, bool in_other,
                   const std::string& result, bool in_result) {
  std::string found;
  for (const char letter : letters)
    if (holds(other, letter) == in_other && holds(result, letter) == in_result) found += letter;
  return found;
}

/// The axes of the letters, each group joined into one axis; letters that it does not have are left
/// out.
Value grouped(const Value& value, const std::string& letters,
              const std::vector<std::string>& groups) {
  Value result = value;
  result.dims.assign(groups.size(), 1);
  result.axes.assign(groups.size(), {});
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const char letter : groups[g]) {
      const std::size_t axis = letters.find(letter);
      if (axis == std::string::npos) continue;
      result.dims[g] *= value.dims[axis];
      result.axes[g].insert(result.axes[g].end(), value.axes[axis].begin(), value.axes[axis].end());
    }
  for (Digits& digits : result.axes) digits = joined(digits);
  return result;
}

/// Moves the letter along which samples lie from `letters` to `batch`: no other axis holds them.
void separate_samples(const Value& value, const std::string& of_value, std::string& letters,
                      std::string& batch) {
  for (std::size_t i = 0; i < of_value.size(); ++i)
    if (holds_samples(value.axes[i]) && holds(letters, of_value[i])) {
      std::erase(letters, of_value[i]);
      batch += of_value[i];
    }
}

/// Sums over the letters that neither the other operand nor the result has.
Value without_single(OnnxImport& in, const Label& label, const Value& value, std::string& letters,
                     const std::string& other, const std::string& result) {
  std::vector<int> axes;
  std::string kept;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (!holds(other, letters[i]) && !holds(result, letters[i]))
      axes.push_back(int(i));
    else
      kept += letters[i];
  }
  if (axes.empty()) return value;
  letters = kept;
  return reduce(in.builder, label, value, Reduce::Kind::sum, axes, Reduced::drop);
}

void expect_letters(const Value& value, const std::string& letters) {
  std::string sorted = letters;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    throw Refusal("a diagonal is not supported");
  if (value.dims.size() != letters.size()) throw Damaged("its equation does not fit its inputs");
}

/// The axes in the order of the result's letters.
std::vector<int> order_of(const std::string& letters, const std::string& result) {
  std::vector<int> order;
  for (const char letter : result) {
    if (!holds(letters, letter)) throw Damaged("its equation does not fit its inputs");
    order.push_back(int(letters.find(letter)));
  }
  return order;
}

Value einsum_of_one(OnnxImport& in, OnnxNode& node, const Value& input, std::string letters,
                    const std::string& result) {
  expect_letters(input, letters);
  const std::size_t rank = letters.size();
  const Value left = without_single(in, {node.name, {}}, input, letters, "", result);
  const std::vector<int> order = order_of(letters, result);
  if (letters.size() == rank) return transpose(in.builder, node.label(), left, order);
  return in.builder.alias(reordered(left, order), node.label());
}

/// Extents by letter.
std::map<char, std::int64_t> extents_of(const Value& a, const std::string& of_a, const Value& b,
                                        const std::string& of_b) {
  std::map<char, std::int64_t> extents;
  for (std::size_t i = 0; i < of_a.size(); ++i) extents[of_a[i]] = a.dims[i];
  for (std::size_t i = 0; i < of_b.size(); ++i)
    if (!extents.emplace(of_b[i], b.dims[i]).second && extents[of_b[i]] != b.dims[i])
      throw Refusal("letters of different extents are not supported");
  return extents;
}

/// The product of matrices whose batch axes are the letters that both operands and the result have.
Value einsum_of_two(OnnxImport& in, OnnxNode& node, std::string left, std::string right,
                    const std::string& result) {
  Value a = in.value_or_constant(node, 0), b = in.value_or_constant(node, 1);
  expect_letters(a, left);
  expect_letters(b, right);
  a = without_single(in, node.helper("/first"), a, left, right, result);
  b = without_single(in, node.helper("/second"), b, right, left, result);
  std::string batch = chosen(left, right, true, result, true);
  const std::string shared = chosen(left, right, true, result, false);
  std::string rows = chosen(left, right, false, result, true);
  std::string columns = chosen(right, left, false, result, true);
  std::map<char, std::int64_t> extents = extents_of(a, left, b, right);
  separate_samples(a, left, rows, batch);
  separate_samples(b, right, columns, batch);
  std::vector<std::string> of_a, of_b;
  for (const char letter : batch) of_a.emplace_back(1, letter);
  of_b = of_a;
  of_a.insert(of_a.end(), {rows, shared});
  of_b.insert(of_b.end(), {shared, columns});
  Value product =
      matrix_product(in.builder, {node.name, {}}, grouped(a, left, of_a), grouped(b, right, of_b));
  const std::string all = batch + rows + columns;
  Dims dims;
  for (const char letter : all) dims.push_back(extents[letter]);
  product.axes = divided(in_sequence(product.axes), dims).value();
  product.dims = dims;
  return in.builder.alias(reordered(product, order_of(all, result)), node.label());
}

Value import_einsum(OnnxImport& in, OnnxNode& node) {
  const Equation equation = parse(node.attributes.take_string("equation", ""));
  if (equation.operands.size() != node.inputs.size())
    throw Damaged("its equation does not fit its inputs");
  if (node.inputs.size() > 2) throw Refusal("more than two operands are not supported");
  if (node.inputs.size() == 1)
    return einsum_of_one(in, node, in.input(node, 0), equation.operands[0], equation.result);
  return einsum_of_two(in, node, equation.operands[0], equation.operands[1], equation.result);
}

}  // namespace

const OnnxHandlers& matrix_handlers() {
  static const OnnxHandlers table{
      {"Gemm", import_gemm}, {"MatMul", import_matmul}, {"Einsum", import_einsum}};
  return table;
}

}  // namespace rfmap::importing
