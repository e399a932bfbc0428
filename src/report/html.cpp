#include "report/html.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "core/utf8.h"

namespace rfmap::report {
namespace {

std::string_view entity(char c) {
  using Entity = std::pair<char, std::string_view>;
  constexpr std::array<Entity, 5> entities{
      {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}}};
  const auto found = std::ranges::find(entities, c, &Entity::first);
  return found == entities.end() ? std::string_view{} : found->second;
}

std::string crumbs(const Frame& frame) {
  std::string html = "<nav class=\"crumbs\" aria-label=\"Path to this page\"><ol>";
  for (const Crumb& crumb : frame.path)
    html += crumb.address.empty()
                ? fmt::format("<li><span aria-current=\"page\">{}</span></li>", escaped(crumb.text))
                : fmt::format("<li><a href=\"{}\">{}</a></li>", crumb.address, escaped(crumb.text));
  html += "</ol>";
  if (!frame.previous.empty() || !frame.next.empty()) {
    html += "<span class=\"turn\">";
    if (!frame.previous.empty())
      html += fmt::format("<a rel=\"prev\" href=\"{}\">&larr; previous</a>", frame.previous);
    if (!frame.next.empty())
      html += fmt::format("<a rel=\"next\" href=\"{}\">next &rarr;</a>", frame.next);
    html += "</span>";
  }
  return html + "</nav>";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = core::utf8_length(text, i);
    const char c = text[i];
    const bool control = length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) &&
                         c != '\n' && c != '\t';
    if (length == 0 || control) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    const std::string_view special = length == 1 ? entity(c) : std::string_view{};
    out += special.empty() ? text.substr(i, length) : special;
    i += length;
  }
  return out;
}

std::string slug(std::string_view text) {
  std::string out(text.substr(0, 80));
  const auto replaced = [](unsigned char c) { return !std::isalnum(c) && c != '.' && c != '-'; };
  std::ranges::replace_if(out, replaced, '_');
  return out;
}

std::string number_text(const char* format, double value) {
  return std::isfinite(value) ? fmt::format(fmt::runtime(format), value) : "\xE2\x80\x93";
}

std::string pixels_text(double value) { return number_text("{:.1f}", value); }
std::string value_text(double value) { return number_text("{:.4g}", value); }

std::string data_value(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "";
}

std::string facts_list(const std::vector<std::pair<const char*, std::string>>& facts) {
  std::string html = "<dl class=\"facts\">";
  for (const auto& [name, value] : facts)
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, value);
  return html + "</dl>";
}

std::string scroll_region(const char* label, const std::string& content) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>", label,
      content);
}

std::string page(const Frame& frame, const std::string& body) {
  return fmt::format(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="rfmap {version}">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}assets/style.css">
<script src="{root}assets/report.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>{crumbs}</header>
<main id="main">
{body}
</main>
<footer>Measured and written by rfmap {version} &middot; <a href="{root}method.html">how it was
measured, and how to cite it</a></footer>
</body>
</html>
)",
                     fmt::arg("version", RFMAP_VERSION), fmt::arg("title", escaped(frame.title)),
                     fmt::arg("root", frame.root), fmt::arg("crumbs", crumbs(frame)),
                     fmt::arg("body", body));
}

}  // namespace rfmap::report
