#include <algorithm>

#include "cpu/operations.h"
#include "onednn/layout.h"

namespace rfmap::cpu {
namespace {

int parametric_relu(Builder& builder, const Activation& op, int buffer) {
  const Desc data = builder.desc(buffer);
  const dnnl::memory::dim slopes = dnnl::memory::dim(op.slope->size());
  const Desc given = describe({1, slopes, 1, 1}, Tag::nchw);
  const auto made =
      prelu(builder.engine(), data, describe({1, slopes, 1, 1}, Tag::any), attributes());
  const dnnl::memory slope = builder.constants().get(op.slope, given, made.weights_desc());
  const int out = builder.in_place(buffer);
  builder.call<dnnl::prelu_forward>(made, {{DNNL_ARG_SRC, buffer}, {DNNL_ARG_DST, out}},
                                    {{DNNL_ARG_WEIGHTS, slope}});
  return out;
}

/// By an own loop. The channels that fill up a block have to stay 0.
int activate_each(Builder& builder, const Activation& op, int buffer) {
  const int in = op.at(0, 0) == 0 ? buffer : builder.plain(buffer);
  const int out = builder.in_place(in);
  const std::size_t count = builder.desc(out).get_size() / sizeof(float);
  builder.loop({in, out}, [op, count, from = builder.memory(in), to = builder.memory(out)](Run&) {
    const std::ptrdiff_t n = std::ptrdiff_t(count);
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i) floats(to)[i] = op.at(floats(from)[i], 0);
  });
  return out;
}

/// oneDNN's form of a combination, for those whose order of inputs does not matter.
dnnl::algorithm algorithm_of(Elementwise::Kind kind) {
  switch (kind) {
    case Elementwise::Kind::sum:
      return dnnl::algorithm::binary_add;
    case Elementwise::Kind::product:
      return dnnl::algorithm::binary_mul;
    case Elementwise::Kind::minimum:
      return dnnl::algorithm::binary_min;
    default:
      return dnnl::algorithm::binary_max;
  }
}

/// `buffer`, or its plain copy where the last channel block is not full: oneDNN's sums (2.6.3,
/// before AVX2) write beyond such a buffer.
int whole_blocks(Builder& builder, int buffer) {
  const Desc desc = builder.desc(buffer);
  const auto layout = layout_of(desc);
  const bool whole = layout && std::size_t(dims_of(desc)[1]) % layout->block == 0;
  return whole ? buffer : builder.plain(buffer);
}

/// A new buffer with a op b. `b` has a's shape or is C x 1 x 1; `a` may be overwritten if `free`.
int combine_two(Builder& builder, dnnl::algorithm algorithm, int a, int b, bool free,
                const std::optional<Activation>& activation) {
  const bool same = dims_of(builder.desc(a)) == dims_of(builder.desc(b));
  const int first = same ? whole_blocks(builder, a) : builder.plain(a);
  const int second = same ? builder.convert(b, builder.desc(first)) : builder.plain(b);
  const Desc desc = builder.desc(first);
  const auto both =
      binary(builder.engine(), algorithm, desc, builder.desc(second), desc, attributes(activation));
  const int out = free ? builder.in_place(first) : builder.add(desc);
  builder.call<dnnl::binary>(
      both, {{DNNL_ARG_SRC_0, first}, {DNNL_ARG_SRC_1, second}, {DNNL_ARG_DST, out}});
  return out;
}

/// By oneDNN, which adds, multiplies and compares inputs of the result's shape or of C x 1 x 1.
bool has_primitive(const Elementwise& op, const Job& job) {
  const auto fits = [&](const Shape& s) { return s == job.out || s == Shape{job.out.c, 1, 1}; };
  return is_commutative(op.kind) && std::all_of(job.shapes.begin(), job.shapes.end(), fits);
}

int combine_by_primitive(Builder& builder, const Elementwise& op, Job& job) {
  // The first input of full shape takes in the others.
  std::size_t host = 0;
  while (job.shapes[host] != job.out) ++host;
  std::vector<int> others = job.inputs;
  others.erase(others.begin() + std::ptrdiff_t(host));
  // It may be among the others too, and then has to outlast the first of them.
  bool free = true;
  for (int other : others) free = free && !builder.share(other, job.inputs[host]);
  int result = job.inputs[host];
  for (std::size_t i = 0; i < others.size(); ++i, free = true) {
    const bool fused =
        i + 1 == others.size() && job.residual < 0 && job.activation && is_eltwise(*job.activation);
    result = combine_two(builder, algorithm_of(op.kind), result, others[i], free,
                         fused ? job.activation : std::nullopt);
    if (fused) job.activation.reset();
  }
  return result;
}

/// The values of one row, and the distance of neighbours: 0 for one value.
struct Row {
  const float* values = nullptr;
  std::size_t step = 1;
};

/// One input in plain order, with the distances of neighbours along the axes of the result: 0 where
/// it is broadcast.
struct Operand {
  dnnl::memory memory;
  std::size_t n = 0, c = 0, y = 0, x = 0;
  Row row(std::size_t sample, std::size_t channel, std::size_t line) const {
    return {floats(memory) + sample * n + channel * c + line * y, x};
  }
};

Operand operand_of(const dnnl::memory& memory, const Shape& in, const Shape& out) {
  return {memory, in.volume(), in.c == out.c ? in.area() : 0, in.h == out.h ? std::size_t(in.w) : 0,
          in.w == out.w ? std::size_t(1) : 0};
}

void combine_row(Elementwise::Kind kind, const Row& a, const Row& b, float* to, int count) {
  for (std::size_t i = 0; i < std::size_t(count); ++i)
    to[i] = value_of(kind, a.values[i * a.step], b.values[i * b.step]);
}

/// A map as one row, if every input has all its positions or one.
std::vector<Shape> with_long_rows(std::vector<Shape> shapes, const Shape& out) {
  const auto fits = [&](const Shape& s) { return s.area() == 1 || s.area() == out.area(); };
  if (!std::all_of(shapes.begin(), shapes.end(), fits)) return shapes;
  for (Shape& s : shapes) s = {s.c, 1, int(s.area())};
  return shapes;
}

/// By an own loop, for all kinds and all forms of broadcasting.
int combine_by_rows(Builder& builder, const Elementwise& op, const Job& job) {
  std::vector<Shape> shapes = job.shapes;
  shapes.push_back(job.out);
  shapes = with_long_rows(std::move(shapes), job.out);
  const Shape full = shapes.back();
  std::vector<Operand> operands;
  std::vector<int> touched;
  for (std::size_t i = 0; i < job.inputs.size(); ++i) {
    touched.push_back(builder.plain(job.inputs[i]));
    operands.push_back(operand_of(builder.memory(touched.back()), shapes[i], full));
  }
  const int out = builder.add(plain_desc(job.batch, job.out));
  touched.push_back(out);
  builder.loop(touched, [kind = op.kind, operands, full, rows = job.batch * full.c * full.h,
                         to = builder.memory(out)](Run&) {
#pragma omp parallel for schedule(static)
    for (int row = 0; row < rows; ++row) {
      const std::size_t y = row % full.h, c = row / full.h % full.c, n = row / full.h / full.c;
      float* target = floats(to) + std::size_t(row) * full.w;
      combine_row(kind, operands[0].row(n, c, y), operands[1].row(n, c, y), target, full.w);
      for (std::size_t i = 2; i < operands.size(); ++i)
        combine_row(kind, {target}, operands[i].row(n, c, y), target, full.w);
    }
  });
  return out;
}

}  // namespace

int activate(Builder& builder, const Activation& op, int buffer) {
  if (op.kind == ActivationKind::prelu) return parametric_relu(builder, op, buffer);
  if (!is_eltwise(op)) return activate_each(builder, op, buffer);
  const auto made = eltwise(builder.engine(), builder.desc(buffer), op, attributes());
  const int out = builder.in_place(buffer);
  builder.call<dnnl::eltwise_forward>(made, {{DNNL_ARG_SRC, buffer}, {DNNL_ARG_DST, out}});
  return out;
}

int compile_operation(Builder& builder, const Activation& op, Job& job) {
  return activate(builder, op, job.inputs.front());
}

int compile_operation(Builder& builder, const Elementwise& op, Job& job) {
  return has_primitive(op, job) ? combine_by_primitive(builder, op, job)
                                : combine_by_rows(builder, op, job);
}

int add_residual(Builder& builder, int buffer, int residual) {
  const bool free = !builder.share(buffer, residual);
  return combine_two(builder, dnnl::algorithm::binary_add, buffer, residual, free, {});
}

}  // namespace rfmap::cpu
