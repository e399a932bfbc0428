#include "app/text/text_output.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/disk.h"

namespace rfmap::app {
namespace {

/// Columns on the screen of a UTF-8 text: its bytes without the continuation bytes.
std::size_t screen_width(const std::string& text) {
  return std::size_t(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
  return fmt::format("\"{}\"", fmt::join(split(cell, '"'), "\"\""));
}

void write_to_screen(const std::string& text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) != 0 || !whole) core::throw_unwritable("the output", "written", errno);
}

}  // namespace

std::string aligned_table(const std::vector<Row>& rows, std::size_t left) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c == widths.size()) widths.push_back(0);
      widths[c] = std::max(widths[c], screen_width(row[c]));
    }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - screen_width(row[c]), ' ');
      line += (c ? "  " : "") + (c < left ? row[c] + space : space + row[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string csv(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c)
      text += csv_cell(row[c]) + (c + 1 < row.size() ? "," : "\n");
  return text;
}

std::string number(double value) { return fmt::format("{:.6g}", value); }

void put_text(const std::string& path, const std::string& text) {
  if (path.empty()) return write_to_screen(text);
  core::write_bytes(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                    core::Durable::no);
}

}  // namespace rfmap::app
