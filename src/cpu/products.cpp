#include "onednn/products.h"

#include <array>

#include "cpu/operations.h"

namespace rfmap::cpu {

int compile_operation(Builder& builder, const MatMul&, Job& job) {
  const int a = builder.plain(job.inputs[0]), b = builder.plain(job.inputs[1]);
  const int out = builder.add(plain_desc(job.batch, job.out));
  const Shape &left = job.shapes[0], &right = job.shapes[1];
  const Product product{.rows = job.out.h, .columns = job.out.w, .depth = left.w};
  const int groups = left.c, per_right = right.c == 1 ? groups : 1;
  builder.loop({a, b, out}, [=, sizes = std::array{left.area(), right.area(), job.out.area()},
                             count = job.batch * groups, from_a = builder.memory(a),
                             from_b = builder.memory(b), to = builder.memory(out)](Run&) {
    each_product(count, [&](int i) {
      return multiply(product, floats(from_a) + i * sizes[0],
                      floats(from_b) + i / per_right * sizes[1], floats(to) + i * sizes[2]);
    });
  });
  return out;
}

}  // namespace rfmap::cpu
