#include "app/text/text_output.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"

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

void write_all(std::FILE* file, const std::string& text, const std::string& name) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fflush(file) != 0 || !whole)
    throw EngineError(name + ": cannot be written to its end; is the disk full?");
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
  if (path.empty()) return write_all(stdout, text, "the output");
  const auto close = [](std::FILE* f) { std::fclose(f); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "wb"), close);
  if (!file) throw ConfigError(path + ": cannot be created; is its folder there and yours?");
  write_all(file.get(), text, path);
}

}  // namespace rfmap::app
