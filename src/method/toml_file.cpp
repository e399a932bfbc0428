#include "method/toml_file.h"

#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "rfmap/error.h"

#include "core/utf8.h"

namespace rfmap::method {
namespace {

toml::table parse_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw ConfigError(fmt::format("--config {}: no such file", path));
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& e) {
    throw ConfigError(fmt::format("{}, line {}: {}", path, e.source().begin.line, e.description()));
  }
}

[[noreturn]] void unknown_key(const std::string& path, const std::string& key,
                              const std::vector<Option>& options) {
  Texts names;
  for (const Option& o : options)
    if (o.in_file) names.push_back(o.name);
  throw ConfigError(
      fmt::format("{}: \"{}\" is not an option{}", path, key, did_you_mean(key, names)));
}

/// The text that one would type for a plain TOML value.
std::string value_text(const toml::node& node, const std::string& path, const std::string& key) {
  if (const auto* s = node.as_string()) return core::bytes_of_utf8(s->get());
  if (const auto* i = node.as_integer()) return std::to_string(i->get());
  if (const auto* f = node.as_floating_point()) return fmt::format("{}", f->get());
  if (const auto* b = node.as_boolean()) return b->get() ? "true" : "false";
  throw ConfigError(fmt::format(
      "{}: \"{}\" must be a text, a number, true, false or a list of these", path, key));
}

Texts value_texts(const toml::node& node, const std::string& path, const std::string& key) {
  Texts texts;
  const toml::array* list = node.as_array();
  if (!list) return {value_text(node, path, key)};
  for (const toml::node& item : *list) texts.push_back(value_text(item, path, key));
  return texts;
}

/// Numbers in the shortest text that reads back as the same (toml++ writes 0.1 with 17 digits).
template <class T>
std::string toml_value(const T& v) {
  return to_text(v);
}
std::string toml_value(const std::string& v) {
  std::ostringstream text;
  text << toml::toml_formatter(toml::value(core::utf8_of_bytes(v)), toml::format_flags::none);
  return text.str();
}
template <class T>
std::string toml_value(const std::vector<T>& values) {
  std::string text;
  for (const T& v : values) text.append(text.empty() ? "" : ", ").append(toml_value(v));
  return "[" + text + "]";
}

}  // namespace

GivenOptions read_toml(const std::string& path, const std::vector<Option>& options) {
  GivenOptions given;
  for (auto&& [key, node] : parse_file(path)) {
    const std::string name(key.str());
    const Option* o = find_option(options, name);
    if (!o || !o->in_file) unknown_key(path, name, options);
    given[name] = value_texts(node, path, name);
  }
  return given;
}

std::string to_toml(const std::vector<Option>& options) {
  std::string text, group;
  for (const Option& o : options) {
    if (!o.in_file) continue;
    if (o.group != group) text += fmt::format("{}# {}\n", group.empty() ? "" : "\n", o.group);
    group = o.group;
    const auto value = o.get();
    const auto as_toml = [](const auto& v) { return toml_value(v); };
    text += value ? fmt::format("{} = {}\n", o.name, std::visit(as_toml, *value))
                  : fmt::format("# {} =\n", o.name);
  }
  return text;
}

}  // namespace rfmap::method
