#pragma once

#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

/// Plain values as the text that ranks give each other; ranks of one job are of one program.
namespace rfmap::ranks {

template <class T>
std::string bytes_of(std::span<const T> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}
template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return bytes_of(std::span<const T>(values));
}

template <class T>
std::vector<T> values_in(const std::string& bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (bytes.size() % sizeof(T) != 0) throw std::logic_error("bytes of another type");
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(static_cast<void*>(values.data()), bytes.data(), bytes.size());
  return values;
}

}  // namespace rfmap::ranks
