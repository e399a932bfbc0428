#pragma once

namespace rfmap {

/// Visitor made of lambdas; std::visit refuses a set that leaves a case out.
template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

}  // namespace rfmap
