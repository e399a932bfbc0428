#include <algorithm>
#include <stdexcept>

#include "results/h5/attribute_io.h"
#include "results/h5/pending_file.h"
#include "results/open_part.h"
#include "results/parts.h"

namespace rfmap::results {
namespace {

void write_peaks(hid_t file, const std::string& prefix, const PeakTable& table) {
  if (table.peaks.size() != std::size_t(table.units) * std::size_t(table.k))
    throw std::logic_error("a peak for each unit and rank");
  h5::write_attribute(file, prefix + "_units", std::int64_t(table.units));
  h5::write_attribute(file, prefix + "_k", std::int64_t(table.k));
  if (table.peaks.empty()) return;
  std::vector<std::int32_t> images, places;
  std::vector<std::int32_t> ties;
  std::vector<float> activations, centres;
  for (const Peak& peak : table.peaks) {
    images.push_back(peak.image);
    activations.push_back(peak.activation);
    ties.push_back(peak.ties);
    centres.insert(centres.end(), {peak.centre.y, peak.centre.x});
    places.insert(places.end(), {peak.location.y, peak.location.x});
  }
  const hsize_t units = hsize_t(table.units), k = hsize_t(table.k);
  write_array(file, prefix + "_image", {units, k}, images);
  write_array(file, prefix + "_activation", {units, k}, activations);
  write_array(file, prefix + "_location", {units, k, 2}, places);
  write_array(file, prefix + "_ties", {units, k}, ties);
  write_array(file, prefix + "_centre", {units, k, 2}, centres);
}

PeakTable read_peaks(hid_t file, const std::string& prefix) {
  PeakTable table;
  table.units = int(h5::read_integer(file, prefix + "_units"));
  table.k = int(h5::read_integer(file, prefix + "_k"));
  const std::size_t n = std::size_t(table.units) * std::size_t(table.k);
  if (n == 0) return table;
  const auto images = read_array<std::int32_t>(file, prefix + "_image", n);
  const auto activations = read_array<float>(file, prefix + "_activation", n);
  const auto places = read_array<std::int32_t>(file, prefix + "_location", 2 * n);
  const auto ties = read_array<std::int32_t>(file, prefix + "_ties", n);
  const auto centres = read_array<float>(file, prefix + "_centre", 2 * n);
  for (std::size_t i = 0; i < n; ++i)
    table.peaks.push_back({images[i],
                           activations[i],
                           {places[2 * i], places[2 * i + 1]},
                           ties[i],
                           {centres[2 * i], centres[2 * i + 1]}});
  return table;
}

void write_skipped(hid_t file, const std::vector<std::string>& sentences) {
  if (sentences.empty()) return;
  std::size_t length = 1;
  for (const std::string& sentence : sentences) length = std::max(length, sentence.size());
  h5::Layout layout{h5::Type::text, {sentences.size()}, {sentences.size()}, length};
  h5::write_texts(h5::create_dataset(file, "skipped", layout), length,
                  [&](std::size_t i) { return std::string_view(sentences[i]); });
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
  return reading_part(path, [&] {
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
  });
}

}  // namespace rfmap::results
