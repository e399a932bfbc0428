#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include <fmt/format.h>

#include "rfmap/aggregate.h"
#include "rfmap/images.h"

#include "core/mean_map.h"
#include "results/check.h"
#include "results/h5/attribute_io.h"
#include "results/reader_checks.h"
#include "results/unit_rows.h"
#include "results/unit_table.h"

namespace rfmap::results {
namespace {

/// One layer's top or bottom K, and what its numbers must agree with.
struct CheckedSection {
  std::string place;
  h5::Group group;
  UnitTable table;
  Size map;
  Canvas canvas;
  std::vector<std::uint8_t> image_status;
  Ranking ranking = Ranking::top;
  Border border = Border::ignore;
};

CheckedSection open_section(hid_t file, const Place& place) {
  CheckedSection s;
  s.place = place.group;
  s.ranking = place.ranking;
  s.group = h5::open_group(file, place.group);
  const bool top = place.ranking == Ranking::top;
  const std::string parent = top ? place.group : place.group.substr(0, place.group.rfind('/'));
  const h5::Group layer = h5::open_group(file, parent);
  const auto length = [&](const char* name) {
    return int(h5::volume(h5::extent_of(h5::open_dataset(layer.get(), name))));
  };
  const int ranks = int(h5::read_integer(layer.get(), top ? "top_k" : "bottom_k"));
  const Holds holds{.gradients = h5::exists(s.group.get(), "gradient_field"),
                    .version = version_of(file)};
  s.table = UnitTable::read(s.group.get(), length("unit"), ranks, holds);
  s.canvas = {length("y"), length("x")};
  const auto map = h5::read_integers(layer.get(), "map_shape");
  if (map.size() == 2) s.map = {int(map[0]), int(map[1])};
  s.image_status = h5::read_all<std::uint8_t>(h5::open_dataset(file, "images/status"));
  if (h5::has_attribute(file, "border") && h5::read_text(file, "border") == "zero")
    s.border = Border::zero;
  return s;
}

/// Adds problems of one unit.
struct UnitReport {
  const CheckedSection& section;
  int unit;
  Problems& problems;
  void operator()(std::string_view dataset, const std::string& what) const {
    problems.add(section.place, fmt::format("{} of unit {} (by index): {}", dataset, unit, what));
  }
};

/// Number of images taken for a unit, checking its row of the image table.
int check_ranks(const CheckedSection& s, const UnitReport& report) {
  const auto images = s.table.row("top_image", report.unit);
  const auto places = s.table.row("top_location", report.unit);
  const auto activations = s.table.row("top_activation", report.unit);
  const auto centres =
      s.table.row(s.table.file().version < 2 ? "top_location" : "top_centre", report.unit);
  std::set<double> seen;
  std::size_t taken = 0;
  for (std::size_t r = 0; r < images.size(); ++r) {
    const std::string rank = fmt::format("rank {} ", r);
    if (images[r] == -1) continue;
    if (taken++ != r) report("top_image", rank + "follows a rank without an image");
    if (images[r] < 0 || images[r] >= double(s.image_status.size())) {
      report("top_image",
             rank + fmt::format("names image {} of {}", int(images[r]), s.image_status.size()));
      continue;
    }
    if (!seen.insert(images[r]).second) report("top_image", rank + "repeats an image");
    if (!std::isfinite(centres[2 * r]) || !std::isfinite(centres[2 * r + 1]))
      report("top_centre", rank + "is not a number");
    if (s.image_status[std::size_t(images[r])] != 0)
      report("top_image", rank + "names an image that was skipped");
    const double y = places[2 * r], x = places[2 * r + 1];
    if (y < 0 || y >= s.map.h || x < 0 || x >= s.map.w)
      report("top_location", rank + "lies outside the layer's map");
    if (!std::isfinite(activations[r])) report("top_activation", rank + "is not a number");
    const bool ordered =
        r == 0 || (s.ranking == Ranking::top ? activations[r - 1] >= activations[r]
                                             : activations[r - 1] <= activations[r]);
    if (!ordered) report("top_activation", rank + "is out of order");
  }
  return int(taken);
}

bool is_no_length(double pixels) { return std::fabs(pixels) > 1e7; }

void check_ranges(const CheckedSection& s, int images, const UnitReport& report) {
  for (const UnitRow& row : unit_rows()) {
    if (!s.table.file().has(row)) continue;
    const auto numbers = s.table.row(row.name, report.unit);
    if (row.size && images == 0 && !std::isnan(numbers[0]))
      report(row.name, "is a number although no image activates it");
    if (row.size && numbers[0] < 0) report(row.name, "is negative");
    if (row.dimensions.back() == "bound" && numbers[0] > numbers[1])
      report(row.name, "runs backwards");
    if (row.share && numbers[0] > 1.0001f) report(row.name, "is above 1");
    if (row.units == "px" && std::ranges::any_of(numbers, is_no_length))
      report(row.name, "is infinite or beyond any image");
  }
}

void check_counts(const core::MeanMap& maps, int images, const UnitReport& report) {
  if (std::ranges::any_of(maps.count, [&](int c) { return c > images; }))
    report("count", "is above the number of images, " + std::to_string(images));
  bool hole = false;
  for (std::size_t i = 0; i < maps.values.size(); ++i)
    hole = hole || (maps.count[i] > 0 && !std::isfinite(maps.values[i]));
  if (hole) report("receptive_field", "is not a number where images reach");
  const auto is_number = [](float v) { return !std::isnan(v); };
  if (images == 0 && std::ranges::any_of(maps.values, is_number))
    report("receptive_field", "has numbers although no image activates it");
}

bool same_size(float stored, float measured) {
  if (std::isnan(stored) || std::isnan(measured)) return std::isnan(stored) == std::isnan(measured);
  return std::fabs(stored - measured) <= 1e-3f * std::max(1.f, std::fabs(measured));
}

/// Sizes measured again on the stored map.
void check_sizes(const CheckedSection& s, const core::MeanMap& maps, int images,
                 const UnitReport& report) {
  std::vector<std::uint8_t> counted =
      core::counted_pixels(maps.count, std::size_t(images), s.border);
  for (std::size_t i = 0; i < counted.size(); ++i)
    counted[i] = counted[i] && std::isfinite(maps.values[i]);
  UnitRecord again;
  again.field.sizes = measure_sizes(maps.values, counted, s.canvas, 0.1);
  for (const UnitRow& row : unit_rows()) {
    if (!row.again) continue;
    const float stored = float(s.table.row(row.name, report.unit)[0]);
    const float value = float(row.numbers(again)[0]);
    if (!same_size(stored, value))
      report(row.name, fmt::format("is {:f}, but the stored map gives {:f}", stored, value));
  }
}

bool same_figure(const Attribute& wanted, hid_t group, const std::string& name) {
  if (const auto* n = std::get_if<std::int64_t>(&wanted))
    return h5::read_integer(group, name) == *n;
  return same_number(std::get<double>(wanted), h5::read_number(group, name));
}

void check_figures(const CheckedSection& s, Problems& problems) {
  for (const auto& [name, value] : layer_figures(s.table))
    if (!same_figure(value, s.group.get(), name))
      problems.add(s.place, "attribute " + name + " differs from what the units give");
}

/// Sizes of units in theory (from version 2 on): not larger than their layer's, unless that leaves
/// out a path that sees everything, which may be the whole branch of a unit.
void check_unit_sizes(hid_t group, const std::string& place, Problems& problems) {
  if (!h5::exists(group, "unit_rf_size") || !h5::has_attribute(group, "local_rf_size") ||
      h5::read_integer(group, "rf_global_path") != 0)
    return;
  const auto sizes = h5::read_all<float>(h5::open_dataset(group, "unit_rf_size"));
  const auto most = h5::read_numbers(group, "local_rf_size");
  for (std::size_t i = 0; i < sizes.size() && most.size() == 2; ++i)
    if (!(sizes[i] >= 0) || sizes[i] > most[i % 2] * (1 + 1e-6))
      problems.add(place + "/unit_rf_size",
                   fmt::format("{} px of unit {} is no size within the layer's", sizes[i], i / 2));
}

/// Units are channels of the layer, ascending.
void check_units(hid_t file, const Place& place, Problems& problems) {
  const h5::Group group = h5::open_group(file, place.group);
  const auto units = h5::read_all<std::int32_t>(h5::open_dataset(group.get(), "unit"));
  const auto channels = h5::read_integer(group.get(), "channels");
  check_unit_sizes(group.get(), place.group, problems);
  for (std::size_t i = 0; i < units.size(); ++i)
    if (units[i] < 0 || units[i] >= channels || (i > 0 && units[i] <= units[i - 1]))
      problems.add(
          place.group + "/unit",
          fmt::format("entry {}, channel {}, is out of range or out of order", i, units[i]));
}

}  // namespace

void check_images(hid_t file, Problems& problems) {
  const h5::Dataset height = h5::open_dataset(file, "images/height");
  const h5::Dataset width = h5::open_dataset(file, "images/width");
  std::size_t first = 0;
  const auto check = [&](const std::vector<std::uint8_t>& status) {
    const h5::Slab block{{first}, {status.size()}};
    const auto heights = h5::read_slab<std::int32_t>(height, block);
    const auto widths = h5::read_slab<std::int32_t>(width, block);
    for (std::size_t i = 0; i < status.size(); ++i) {
      const std::string which = "of image " + std::to_string(first + i);
      if (status[i] > std::uint8_t(ImageStatus::damaged))
        problems.add("images/status", which + " is none of 0, 1, 2");
      const bool sized = heights[i] > 0 && widths[i] > 0;
      if (status[i] == 0 && !sized)
        problems.add("images/height", which + " is not positive although it was read");
    }
    first += status.size();
  };
  h5::for_blocks<std::uint8_t>(h5::open_dataset(file, "images/status"), check);
}

namespace {

/// Adds a problem where a length or a number is not the one that is stated.
struct Lengths {
  hid_t file;
  const Place& place;
  Problems& problems;

  std::int64_t of(const std::string& scale) const {
    return std::int64_t(h5::volume(h5::extent_of(
        h5::open_dataset(file, place.group.empty() ? scale : place.group + "/" + scale))));
  }
  void same(const std::string& scale, const std::string& attribute, std::int64_t stated) const {
    if (of(scale) != stated)
      problems.add(place.group, fmt::format("{} is {}, but scale {} has length {}", attribute,
                                            stated, scale, of(scale)));
  }
  void within(const std::string& what, std::int64_t value, std::int64_t low,
              std::int64_t high) const {
    if (value < low || value > high)
      problems.add(place.group, fmt::format("{} is {}, not within {}..{}", what, value, low, high));
  }
};

constexpr std::int64_t kMostRanks = 65535, kMostChannels = 10'000'000;

void check_layer_lengths(const Lengths& lengths) {
  const h5::Group layer = h5::open_group(lengths.file, lengths.place.group);
  const std::int64_t ranks = h5::read_integer(layer.get(), "top_k");
  const std::int64_t channels = h5::read_integer(layer.get(), "channels");
  lengths.within("attribute top_k", ranks, 1, kMostRanks);
  lengths.within("attribute channels", channels, 1, kMostChannels);
  lengths.within("length of scale unit", lengths.of("unit"), 1, channels);
  lengths.same("rank", "attribute top_k", ranks);
}

void check_bottom_lengths(const Lengths& lengths) {
  const std::string& group = lengths.place.group;
  const h5::Group layer = h5::open_group(lengths.file, group.substr(0, group.rfind('/')));
  const std::int64_t ranks = h5::read_integer(layer.get(), "bottom_k");
  lengths.within("attribute bottom_k", ranks, 1, kMostRanks);
  lengths.same(std::string(kBottomRank), "attribute bottom_k", ranks);
}

void check_grid_lengths(const Lengths& lengths) {
  const h5::Group occluder = h5::open_group(lengths.file, "occluder");
  const auto count = h5::read_integers(occluder.get(), "count");
  if (count.size() != 2) return lengths.problems.add("occluder", "attribute count has no 2 values");
  lengths.same("grid_y", "attribute count of /occluder", count[0]);
  lengths.same("grid_x", "attribute count of /occluder", count[1]);
}

/// Of the noise patches, which only some files have.
void check_patch_lengths(const Lengths& lengths) {
  const h5::Group occluder = h5::open_group(lengths.file, "occluder");
  const auto count = h5::read_integers(occluder.get(), "count");
  const auto size = h5::read_integers(occluder.get(), "size");
  if (count.size() != 2 || size.size() != 2)
    return lengths.problems.add("occluder", "attributes count and size have no 2 values");
  std::int64_t positions = 0;
  if (__builtin_mul_overflow(count[0], count[1], &positions)) positions = -1;
  lengths.same("position", "product of attribute count", positions);
  lengths.same("occluder_y", "attribute size", size[0]);
  lengths.same("occluder_x", "attribute size", size[1]);
}

}  // namespace

void check_lengths(hid_t file, const Place& place, Problems& problems) {
  const Lengths lengths{file, place, problems};
  problems.attempt(place.group, [&] {
    if (place.group.empty()) check_grid_lengths(lengths);
    if (place.group == "occluder") check_patch_lengths(lengths);
    if (!place.group.starts_with("layers/")) return;
    if (place.ranking == Ranking::top)
      check_layer_lengths(lengths);
    else
      check_bottom_lengths(lengths);
  });
}

void check_tables(hid_t file, const Place& place, Problems& problems) {
  if (place.ranking == Ranking::top) check_units(file, place, problems);
  const CheckedSection s = open_section(file, place);
  for (int unit = 0; unit < s.table.units(); ++unit) {
    const UnitReport report{s, unit, problems};
    check_ranges(s, check_ranks(s, report), report);
  }
  check_figures(s, problems);
}

void check_values(hid_t file, const Place& place, Problems& problems) {
  if (place.ranking == Ranking::top) check_units(file, place, problems);
  const CheckedSection s = open_section(file, place);
  check_figures(s, problems);
  const h5::Dataset field = h5::open_dataset(s.group.get(), "receptive_field");
  const h5::Dataset count = h5::open_dataset(s.group.get(), "count");
  for (int unit = 0; unit < s.table.units(); ++unit) {
    const UnitReport report{s, unit, problems};
    const int images = check_ranks(s, report);
    check_ranges(s, images, report);
    const h5::Slab slab{{hsize_t(unit), 0, 0},
                        {1, hsize_t(s.canvas.height), hsize_t(s.canvas.width)}};
    const core::MeanMap maps{h5::read_slab<float>(field, slab),
                             h5::read_slab<std::uint16_t>(count, slab)};
    check_counts(maps, images, report);
    check_sizes(s, maps, images, report);
  }
}

}  // namespace rfmap::results
