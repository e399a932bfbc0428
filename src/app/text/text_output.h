#pragma once

#include <string>
#include <vector>

#include "app/options/options.h"

namespace rfmap::app {

enum class Format { table, csv, json, hdf5 };
/// Of commands that print; hdf5 is for those that write files.
inline const Choice<Format> kFormats{
    {{"table", Format::table}, {"csv", Format::csv}, {"json", Format::json}}};

using Row = std::vector<std::string>;

/// Aligned columns, the first `left` of them flush left; the first row is the heading.
std::string aligned_table(const std::vector<Row>& rows, std::size_t left);

/// RFC 4180: quotes if a cell contains a comma, a quote or a line break.
std::string csv(const std::vector<Row>& rows);

/// A number in its shortest form: 19, 26.1; "nan" if there is none.
std::string number(double value);

/// Writes `text` to a file, or to stdout when `path` is empty. Throws ConfigError (file cannot be
/// created), EngineError (cannot be written: full disk).
void put_text(const std::string& path, const std::string& text);

}  // namespace rfmap::app
