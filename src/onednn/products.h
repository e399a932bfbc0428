#pragma once

#include <algorithm>

#include <oneapi/dnnl/dnnl.hpp>

/// Matrix products by oneDNN, each on one thread, so that its bits depend on the extents only: on
/// several, it splits sums among them.
namespace rfmap::onednn {

/// c [rows, columns] = a [rows, depth] b [depth, columns], or c is added to; in plain order. A
/// transposed factor lies as [depth, rows] or [columns, depth].
struct Product {
  int rows = 1, columns = 1, depth = 1;
  bool a_transposed = false, b_transposed = false;
  bool adds = false;
};

/// Use it within each_product.
inline dnnl::status multiply(const Product& p, const float* a, const float* b, float* c) {
  return dnnl::sgemm(p.a_transposed ? 'T' : 'N', p.b_transposed ? 'T' : 'N', p.rows, p.columns,
                     p.depth, 1, a, p.a_transposed ? p.rows : p.depth, b,
                     p.b_transposed ? p.depth : p.columns, p.adds ? 1.f : 0.f, c, p.columns);
}

/// Calls work(i) for i below `count`, in parallel; it returns the status of its products. Throws
/// dnnl::error if one fails.
template <class Work>
void each_product(int count, const Work& work) {
  int failed = dnnl_success;
#pragma omp parallel for schedule(static) reduction(max : failed)
  for (int i = 0; i < count; ++i) failed = std::max(failed, int(work(i)));
  if (failed != dnnl_success)
    throw dnnl::error(dnnl_status_t(failed), "could not compute a matrix product");
}

}  // namespace rfmap::onednn
