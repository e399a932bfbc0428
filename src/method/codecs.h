#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/method.h"
#include "rfmap/preprocess.h"

#include "method/names.h"
#include "method/option.h"

/// How values are written: each codec parses the texts of one option and gives its value back.
/// parse() throws ConfigError with the option, the value and what is allowed.
namespace rfmap::method {

/// Throws ConfigError: "LABEL TEXT: WHAT IS ALLOWED".
[[noreturn]] void refuse(const std::string& label, const std::string& text,
                         const std::string& allowed);
/// The only text; refuses several.
const std::string& only(const std::string& label, const Texts& texts);
std::vector<std::string> split(std::string_view text, char separator);
std::optional<std::int64_t> whole_number(std::string_view text);
std::optional<double> real_number(std::string_view text);

template <class Value>
std::optional<OptionValue> unless_empty(const Value& v) {
  return v.empty() ? std::nullopt : std::optional<OptionValue>(v);
}

/// true or false; given without a value on the command line.
struct Flag {
  std::string placeholder() const { return ""; }
  bool parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(bool v) const { return v; }
};

/// Any text but an empty one; empty = none.
struct Text {
  std::string what;
  std::string placeholder() const { return what; }
  std::string parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(const std::string& v) const { return unless_empty(v); }
};

/// Several texts, one per occurrence; with `commas` also several in one. Empty = none.
struct TextList {
  std::string what;
  bool commas = false;
  static constexpr bool kRepeatable = true;  ///< an option of it may be given several times
  std::string placeholder() const { return what; }
  Texts parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(const Texts& v) const { return unless_empty(v); }
};

/// A whole number from `low` to `high`.
struct Integer {
  std::int64_t low = 0, high = std::numeric_limits<std::int64_t>::max();
  std::string placeholder() const { return "N"; }
  std::int64_t parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(std::int64_t v) const { return v; }
};

/// Bytes: 2G, 512M, 64K or a plain number.
struct Bytes {
  std::string placeholder() const { return "SIZE"; }
  std::size_t parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(std::size_t v) const { return std::int64_t(v); }
};

/// What `codec` reads, or `word` ("auto", "all") for no value.
template <class Codec>
struct Unless {
  std::string word;
  Codec codec;
  std::string placeholder() const { return word + "|" + codec.placeholder(); }
  auto parse(const std::string& label, const Texts& texts) const {
    using Value = decltype(codec.parse(label, texts));
    if (texts.size() == 1 && texts.front() == word) return std::optional<Value>();
    try {
      return std::optional<Value>(codec.parse(label, texts));
    } catch (const ConfigError& error) {
      throw ConfigError(fmt::format("{} or \"{}\"", error.what(), word));
    }
  }
  template <class T>
  std::optional<OptionValue> value(const std::optional<T>& v) const {
    return v ? codec.value(*v) : word;
  }
};
template <class Codec>
Unless(std::string, Codec) -> Unless<Codec>;

/// A number inside (low, high).
struct Real {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::string placeholder() const { return "X"; }
  double parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(double v) const { return v; }
};

/// One number, or one per channel with commas between; each inside (low, high).
struct Reals {
  double low = -std::numeric_limits<double>::infinity();
  std::string placeholder() const { return "A[,B,C]"; }
  std::vector<double> parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(const std::vector<double>& v) const { return v; }
};

/// The same, or a mean image of Caffe (.binaryproto), whose mean per channel is meant.
struct Means {
  std::string placeholder() const { return Reals{}.placeholder() + "|FILE.binaryproto"; }
  std::vector<double> parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(const std::vector<double>& v) const { return v; }
};

/// I/N: part I of N, counted from 1.
struct ShardCodec {
  std::string placeholder() const { return "I/N"; }
  Shard parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(const Shard& v) const;
};

/// N or HxW, each side at least 1; 0 x 0 = none.
struct Sides {
  std::string placeholder() const { return "N|HxW"; }
  Size parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(const Size& v) const;
};

/// SIDE (of the short side), HxW (warp) or 0 (none).
struct ResizeCodec {
  std::string placeholder() const { return "SIDE|HxW|0"; }
  Resize parse(const std::string& label, const Texts& texts) const;
  std::optional<OptionValue> value(const Resize& v) const;
};

/// The index of `text` among `names`; refuses others and lists the names.
std::size_t index_of(const std::string& label, const Texts& texts, const Texts& names);
std::string join_names(const Texts& names);

/// An enumerator by its name.
template <class E>
struct Choice {
  std::vector<std::pair<std::string, E>> entries;
  Texts names() const {
    Texts all;
    for (const auto& [name, e] : entries) all.push_back(name);
    return all;
  }
  std::string placeholder() const { return join_names(names()); }
  E parse(const std::string& label, const Texts& texts) const {
    return entries[index_of(label, texts, names())].second;
  }
  std::optional<OptionValue> value(const E& v) const {
    for (const auto& [name, e] : entries)
      if (e == v) return name;
    return std::nullopt;
  }
};

/// The codec of named values (method/names.h).
template <class E, std::size_t N>
Choice<E> choice(const Names<E, N>& names) {
  return {{names.begin(), names.end()}};
}

}  // namespace rfmap::method
