#include <stdexcept>
#include <string_view>
#include <utility>

#include "results/h5/attribute_io.h"
#include "results/h5/pending_file.h"
#include "results/open_file.h"
#include "results/parts.h"
#include "results/unit_rows.h"

namespace rfmap::results {
namespace {

/// top_image, ...; bottom_image, ...
std::string part_name(const std::string& prefix, const UnitRow& row) {
  return prefix + std::string(row.name.substr(row.name.find('_')));
}

void write_peaks(hid_t file, const std::string& prefix, const PeakTable& table) {
  if (table.peaks.size() != std::size_t(table.units) * std::size_t(table.k))
    throw std::logic_error("a peak for each unit and rank");
  h5::write_attribute(file, prefix + "_units", std::int64_t(table.units));
  h5::write_attribute(file, prefix + "_k", std::int64_t(table.k));
  if (table.peaks.empty()) return;
  UnitRecord all;
  all.peaks = table.peaks;
  for (const UnitRow& row : peak_rows()) {
    h5::Extent extent{hsize_t(table.units), hsize_t(table.k)};
    if (row.dimensions.back() == "axis") extent.push_back(2);
    write_array(file, part_name(prefix, row), extent, row.numbers(all), row.type);
  }
}

PeakTable read_peaks(hid_t file, const std::string& prefix) {
  PeakTable table;
  table.units = int(h5::read_integer(file, prefix + "_units"));
  table.k = int(h5::read_integer(file, prefix + "_k"));
  const std::size_t n = std::size_t(table.units) * std::size_t(table.k);
  if (n == 0) return table;
  UnitRecord all;
  for (const UnitRow& row : peak_rows()) {
    const std::size_t width = row.dimensions.back() == "axis" ? 2 : 1;
    const auto numbers = read_array<double>(file, part_name(prefix, row), width * n);
    all.peaks.resize(n);
    row.take(all, numbers);
  }
  table.peaks = std::move(all.peaks);
  return table;
}

void write_skipped(hid_t file, const std::vector<std::string>& sentences) {
  if (sentences.empty()) return;
  const std::vector<std::string_view> texts(sentences.begin(), sentences.end());
  const std::size_t length = h5::longest(texts, 1);
  const h5::Layout layout{h5::Type::text, {texts.size()}, {texts.size()}, length};
  h5::write_texts(h5::create_dataset(file, "skipped", layout), length, texts);
}

}  // namespace

void write_scan_part(const std::string& path, const std::string& fingerprint,
                     const ScanPart& part) {
  if (part.sizes.size() != part.status.size())
    throw std::logic_error("a size and a status for each image");
  PendingFile file(path, h5::FileFormat::v1_10);
  file.guarded([&] {
    mark_part(file.id(), "scan", fingerprint, part.part);
    h5::write_attribute(file.id(), "first_image", std::int64_t(part.first_image));
    std::vector<std::int32_t> sizes;
    for (const Size& size : part.sizes) sizes.insert(sizes.end(), {size.h, size.w});
    write_array(file.id(), "size", {part.sizes.size(), 2}, sizes);
    write_array(file.id(), "status", {part.status.size()}, part.status);
    write_skipped(file.id(), part.skipped);
    write_peaks(file.id(), "top", part.top);
    write_peaks(file.id(), "bottom", part.bottom);
  });
  file.commit();
}

ScanPart read_scan_part(const std::string& path, const std::string& fingerprint) {
  const h5::File file = open_part(path, "scan", fingerprint);
  const auto read = [&] {
    ScanPart part;
    part.part = int(h5::read_integer(file.get(), "part"));
    part.first_image = int(h5::read_integer(file.get(), "first_image"));
    part.status = h5::read_all<std::uint8_t>(h5::open_dataset(file.get(), "status"));
    const auto sizes = read_array<std::int32_t>(file.get(), "size", 2 * part.status.size());
    for (std::size_t i = 0; i < sizes.size(); i += 2)
      part.sizes.push_back({sizes[i], sizes[i + 1]});
    if (h5::exists(file.get(), "skipped"))
      part.skipped = h5::read_texts(h5::open_dataset(file.get(), "skipped"));
    part.top = read_peaks(file.get(), "top");
    part.bottom = read_peaks(file.get(), "bottom");
    return part;
  };
  return reading(path, read, kMeasureAgain);
}

}  // namespace rfmap::results
