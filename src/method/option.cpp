#include "method/option.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"

#include "core/names.h"

namespace rfmap::method {

std::string to_text(const OptionValue& value) {
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&value)) return fmt::format("{}", *d);
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  if (const auto* side = std::get_if<std::vector<std::int64_t>>(&value))
    return fmt::format("{}", fmt::join(*side, "x"));
  if (const auto* reals = std::get_if<std::vector<double>>(&value))
    return fmt::format("{}", fmt::join(*reals, ","));
  return fmt::format("{}", fmt::join(std::get<Texts>(value), ","));
}

std::string identity_text(const Option& o) {
  const auto value = o.get();
  return value ? to_text(*value) : o.unset;
}

Attribute attribute_of(const Option& o) {
  const auto value = o.get();
  if (!value) return o.unset;
  if (const auto* b = std::get_if<bool>(&*value)) return std::int64_t(*b);
  if (const auto* i = std::get_if<std::int64_t>(&*value)) return *i;
  if (const auto* d = std::get_if<double>(&*value)) return *d;
  if (const auto* n = std::get_if<std::vector<std::int64_t>>(&*value)) return *n;
  if (const auto* r = std::get_if<std::vector<double>>(&*value)) return *r;
  return to_text(*value);
}

void set_recorded(const Option& o, const Attribute& attribute) {
  std::string text = std::visit([](const auto& v) { return to_text(OptionValue(v)); }, attribute);
  if (o.is_flag() && (text == "0" || text == "1")) text = text == "0" ? "false" : "true";
  if (text == o.unset) return;
  try {
    o.set({text});
  } catch (const ConfigError&) {
    throw DataError("the results' attribute " + o.name + " says \"" + text +
                    "\", which this version of rfmap does not know");
  }
}

std::string did_you_mean(std::string_view wrong, const Texts& names) {
  std::size_t best = std::string::npos;
  std::string nearest;
  for (const std::string& name : names) {
    std::size_t distance = core::edit_distance(wrong, name);
    if (wrong.size() > 2 && name.starts_with(wrong)) distance = std::min<std::size_t>(distance, 1);
    if (distance < best) {
      best = distance;
      nearest = name;
    }
  }
  if (nearest.empty() || best > std::max<std::size_t>(2, wrong.size() / 2)) return "";
  return fmt::format("; did you mean {}?", nearest);
}

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
  const auto at =
      std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
  return at == options.end() ? nullptr : &*at;
}

}  // namespace rfmap::method
