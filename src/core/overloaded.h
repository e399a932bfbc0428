#pragma once

#include <concepts>

namespace rfmap::core {

/// One visitor from several lambdas, for std::visit, which refuses a set that leaves a case out.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

/// For a lambda of a visitor that takes several alternatives alike: all are named, so that a new
/// one does not compile until somebody has thought of it.
template <class T, class... Some>
concept OneOf = (std::same_as<T, Some> || ...);

}  // namespace rfmap::core
