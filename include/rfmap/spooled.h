#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace rfmap {

/// Bytes that are appended, and read at any place. The last 256 KiB or less are in memory, all
/// before them in a temporary file without a name (in TMPDIR, by default /tmp). Copies share what
/// there is until one of them grows. Several threads may read; none may append meanwhile. Throws
/// EngineError (the temporary file cannot be made, written or read).
class Spool {
 public:
  std::uint64_t size() const;
  void append(std::span<const std::byte> bytes);
  /// Fills `to` with the bytes from `at` onwards. Throws std::out_of_range.
  void read(std::uint64_t at, std::span<std::byte> to) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Goes over the indices of a list whose operator[] returns values.
template <class List, class T>
class IndexIterator {
 public:
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using reference = T;
  using pointer = const T*;
  using iterator_category = std::input_iterator_tag;

  IndexIterator() = default;
  IndexIterator(const List& list, std::size_t at) : list_(&list), at_(at) {}
  T operator*() const { return (*list_)[at_]; }
  IndexIterator& operator++() {
    ++at_;
    return *this;
  }
  IndexIterator operator++(int) {
    IndexIterator before = *this;
    ++at_;
    return before;
  }
  bool operator==(const IndexIterator& other) const { return at_ == other.at_; }

 private:
  const List* list_ = nullptr;
  std::size_t at_ = 0;
};

/// A list of plain numbers that may be longer than the memory, as Spool keeps it.
template <class T>
class Spooled {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using const_iterator = IndexIterator<Spooled, T>;
  using iterator = const_iterator;

  Spooled() = default;
  Spooled(std::initializer_list<T> values) { append(std::span(values.begin(), values.size())); }
  explicit Spooled(const std::vector<T>& values) { append(std::span<const T>(values)); }

  std::size_t size() const { return std::size_t(bytes_.size() / sizeof(T)); }
  bool empty() const { return size() == 0; }
  void push_back(const T& value) { append(std::span(&value, 1)); }
  void append(std::span<const T> values) { bytes_.append(std::as_bytes(values)); }
  /// Fills `to` with the values from `first` onwards.
  void read(std::size_t first, std::span<T> to) const {
    if (first > size()) throw std::out_of_range("an index of a list");
    bytes_.read(std::uint64_t(first) * sizeof(T), std::as_writable_bytes(to));
  }
  T operator[](std::size_t i) const {
    T value;
    read(i, std::span(&value, 1));
    return value;
  }
  T at(std::size_t i) const { return (*this)[i]; }
  const_iterator begin() const { return {*this, 0}; }
  const_iterator end() const { return {*this, size()}; }

  /// visit(index of the first value, values) for all values, block by block.
  template <class Visit>
  void for_blocks(const Visit& visit) const {
    constexpr std::size_t kBlock = 65536;
    std::vector<T> block;
    for (std::size_t first = 0; first < size(); first += block.size()) {
      block.resize(size() - first < kBlock ? size() - first : kBlock);
      read(first, block);
      visit(first, std::span<const T>(block));
    }
  }
  std::size_t count(const T& value) const {
    std::size_t found = 0;
    for_blocks([&](std::size_t, std::span<const T> block) {
      for (const T& v : block) found += v == value ? 1 : 0;
    });
    return found;
  }
  bool operator==(const Spooled& other) const {
    if (size() != other.size()) return false;
    for (std::size_t i = 0; i < size(); ++i)
      if (!((*this)[i] == other[i])) return false;
    return true;
  }

 private:
  Spool bytes_;
};

}  // namespace rfmap
