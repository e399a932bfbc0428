#include "method/codecs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"

#include "method/mean_image.h"

namespace rfmap::method {
namespace {

constexpr int kMaxSide = 1 << 16;

std::string range_text(double low, double high) {
  if (std::isfinite(low) && std::isfinite(high))
    return fmt::format("a number between {} and {}", low, high);
  if (std::isfinite(low)) return fmt::format("a number above {}", low);
  return "a number";
}

double real_within(const std::string& label, const std::string& text, double low, double high) {
  const auto v = real_number(text);
  if (!v || !(*v > low) || !(*v < high)) refuse(label, text, range_text(low, high));
  return *v;
}

/// One side, or nothing where the text is not a whole number of 1 to kMaxSide.
std::optional<int> parse_side(std::string_view text) {
  const auto v = whole_number(text);
  if (!v || *v < 1 || *v > kMaxSide) return std::nullopt;
  return int(*v);
}

std::optional<Size> parse_sides(const Texts& texts) {
  const Texts parts = texts.size() == 1 ? split(texts.front(), 'x') : texts;
  if (parts.empty() || parts.size() > 2) return std::nullopt;
  const auto h = parse_side(parts.front()), w = parse_side(parts.back());
  if (!h || !w) return std::nullopt;
  return Size{*h, *w};
}

}  // namespace

void refuse(const std::string& label, const std::string& text, const std::string& allowed) {
  throw ConfigError(fmt::format("{} \"{}\": expected {}", label, text, allowed));
}

const std::string& only(const std::string& label, const Texts& texts) {
  if (texts.size() != 1)
    refuse(label, fmt::format("{}", fmt::join(texts, " ")), "one value, and only once");
  return texts.front();
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return v;
}

std::optional<double> real_number(std::string_view text) {
  double v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(v))
    return std::nullopt;
  return v;
}

bool Flag::parse(const std::string& label, const Texts& texts) const {
  const std::string& text = only(label, texts);
  if (text != "true" && text != "false") refuse(label, text, "true or false");
  return text == "true";
}

std::string Text::parse(const std::string& label, const Texts& texts) const {
  const std::string& text = only(label, texts);
  if (text.empty()) refuse(label, text, what + ", not an empty text");
  return text;
}

Texts TextList::parse(const std::string& label, const Texts& texts) const {
  Texts all;
  for (const std::string& text : texts)
    for (const std::string& item : commas ? split(text, ',') : Texts{text}) {
      if (item.empty()) refuse(label, text, what + " without empty items");
      all.push_back(item);
    }
  return all;
}

std::int64_t Integer::parse(const std::string& label, const Texts& texts) const {
  const std::string& text = only(label, texts);
  const auto v = whole_number(text);
  if (!v || *v < low || *v > high) {
    std::string allowed = fmt::format("a whole number from {} to {}", low, high);
    if (high == std::numeric_limits<std::int64_t>::max())
      allowed = fmt::format("a whole number of at least {}", low);
    refuse(label, text, allowed);
  }
  return *v;
}

std::size_t Bytes::parse(const std::string& label, const Texts& texts) const {
  const std::string& text = only(label, texts);
  std::string_view digits = text;
  const std::size_t unit =
      digits.empty() ? std::string::npos : std::string_view("KMGT").find(digits.back());
  const int shift = unit == std::string::npos ? 0 : 10 * (int(unit) + 1);
  if (shift) digits.remove_suffix(1);
  const auto v = whole_number(digits);
  if (!v || *v < 1 || *v > (std::numeric_limits<std::int64_t>::max() >> shift))
    refuse(label, text, "a size such as 2G, 512M or 100000000 (bytes)");
  return std::size_t(*v) << shift;
}

double Real::parse(const std::string& label, const Texts& texts) const {
  return real_within(label, only(label, texts), low, high);
}

std::vector<double> Reals::parse(const std::string& label, const Texts& texts) const {
  std::vector<double> values;
  for (const std::string& text : texts.size() == 1 ? split(texts.front(), ',') : texts)
    values.push_back(real_within(label, text, low, std::numeric_limits<double>::infinity()));
  if (values.size() != 1 && values.size() != 3)
    refuse(label, fmt::format("{}", fmt::join(texts, ",")),
           "one number, or three (one per channel)");
  return values;
}

std::vector<double> Means::parse(const std::string& label, const Texts& texts) const {
  if (texts.size() == 1 && texts.front().ends_with(".binaryproto"))
    return channel_means(label, texts.front());
  return Reals{}.parse(label, texts);
}

Shard ShardCodec::parse(const std::string& label, const Texts& texts) const {
  constexpr int kMost = 10000;
  const std::string& text = only(label, texts);
  const Texts parts = split(text, '/');
  const auto index = whole_number(parts.front()), count = whole_number(parts.back());
  const bool fits = parts.size() == 2 && index && count && *index >= 1 && *index <= *count;
  if (!fits || *count > kMost)
    refuse(label, text, fmt::format("I/N with 1 <= I <= N <= {}, as in 3/8", kMost));
  return {int(*index), int(*count)};
}

std::optional<OptionValue> ShardCodec::value(const Shard& v) const {
  return fmt::format("{}/{}", v.index, v.count);
}

Size Sides::parse(const std::string& label, const Texts& texts) const {
  const auto size = parse_sides(texts);
  if (!size)
    refuse(label, fmt::format("{}", fmt::join(texts, "x")),
           fmt::format("N or HxW in pixels (1 to {}), as in 11 or 11x7", kMaxSide));
  return *size;
}

std::optional<OptionValue> Sides::value(const Size& v) const {
  if (v == Size{}) return std::nullopt;
  return std::vector<std::int64_t>{v.h, v.w};
}

Resize ResizeCodec::parse(const std::string& label, const Texts& texts) const {
  const std::string text = fmt::format("{}", fmt::join(texts, "x"));
  if (text == "0") return {};
  const auto size = parse_sides(texts);
  if (!size)
    refuse(label, text, "SIDE (of the short side), HxW (warp) or 0 (none), as in 256 or 227x227");
  const bool warp = texts.size() == 2 || text.find('x') != std::string::npos;
  return warp ? Resize{0, *size} : Resize{size->h, {}};
}

std::optional<OptionValue> ResizeCodec::value(const Resize& v) const {
  if (v.warp != Size{}) return std::vector<std::int64_t>{v.warp.h, v.warp.w};
  return std::int64_t(v.short_side);
}

std::string join_names(const Texts& names) { return fmt::format("{}", fmt::join(names, "|")); }

std::size_t index_of(const std::string& label, const Texts& texts, const Texts& names) {
  const std::string& text = only(label, texts);
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end())
    refuse(label, text,
           fmt::format("one of {}{}", fmt::join(names, ", "), did_you_mean(text, names)));
  return std::size_t(at - names.begin());
}

}  // namespace rfmap::method
