#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfmap::report {

/// Text for HTML and for attribute values in quotes: markup characters as entities, control
/// characters and bytes that are not UTF-8 as U+FFFD.
std::string escaped(std::string_view text);

/// A name for files and addresses: letters, digits, ".", "_" and "-" of the text, "_" for the rest.
std::string slug(std::string_view text);

/// The number in fmt's `format`, or an en dash if there is none.
std::string number_text(const char* format, double value);
/// One decimal.
std::string pixels_text(double value);
/// Four significant digits.
std::string value_text(double value);
/// For sorting by script: six significant digits, or nothing.
std::string data_value(double value);

/// A list of facts, each a name and its value in HTML.
std::string facts_list(const std::vector<std::pair<const char*, std::string>>& facts);
/// A part of the page that scrolls sideways where it is too wide.
std::string scroll_region(const char* label, const std::string& content);

struct Crumb {
  std::string text, address;  ///< no address: the page itself
};

/// The frame around the body of a page. `root` is the relative path to the report's folder:
/// "../../".
struct Frame {
  std::string title, root;
  std::vector<Crumb> path;
  std::string previous, next;  ///< addresses of neighbours, or empty
};
std::string page(const Frame& frame, const std::string& body);

/// Contents of assets/style.css and assets/report.js.
const char* style_sheet();
const char* script();

}  // namespace rfmap::report
