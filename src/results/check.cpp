#include "results/check.h"

#include <algorithm>
#include <utility>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "results/h5/attribute_io.h"
#include "results/open_results.h"
#include "results/own_process.h"
#include "results/unit_rows.h"

namespace rfmap {
using namespace results;
namespace {

constexpr std::size_t kSentencesAPlace = 10;

bool is_true(const Attribute* value) {
  if (!value) return false;
  if (const auto* text = std::get_if<std::string>(value)) return *text == "true" || *text == "1";
  const auto* number = std::get_if<std::int64_t>(value);
  return number && *number != 0;
}

bool is_text(const Attribute* value, const std::string& text) {
  const auto* held = value ? std::get_if<std::string>(value) : nullptr;
  return held && *held == text;
}

herr_t take_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->push_back(name);
  return 0;
}

/// Group names in the recorded order; a problem where order and groups differ.
std::vector<std::string> layer_groups(hid_t file, Problems& problems) {
  const h5::Group layers = h5::open_group(file, "layers");
  const std::vector<std::string> order = h5::read_text_list(layers.get(), "order");
  std::vector<std::string> links;
  h5::checked(H5Literate(layers.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take_name, &links),
              "list layers");
  for (const std::string& name : order)
    if (std::ranges::find(links, name) == links.end())
      problems.add("layers", "the layer " + name + " of attribute order is missing");
  for (const std::string& name : links)
    if (std::ranges::find(order, name) == order.end())
      problems.add("layers", "the group " + name + " is not in attribute order");
  std::vector<std::string> there = order;
  std::erase_if(there, [&](const std::string& name) {
    return std::ranges::find(links, name) == links.end();
  });
  return there;
}

/// Items that a file of this version has.
void append(std::vector<Item>& items, const std::vector<Item>& more, int version) {
  for (const Item& item : more)
    if (item.since <= version) items.push_back(item);
}

void add_layer(hid_t file, const std::string& name, bool maps, std::vector<Place>& places) {
  const std::string top = "layers/" + name;
  const h5::Group group = h5::open_group(file, top);
  const bool gradient = h5::exists(group.get(), "gradient_field") ||
                        is_true(find_attribute(h5::read_attributes(file), "with-gradient"));
  std::vector<Item> items;
  append(items, unit_items(gradient), version_of(file));
  append(items, map_items(), version_of(file));
  std::erase_if(items, [&](const Item& item) {
    return (!maps && item.name == "discrepancy") || (!gradient && item.name == "gradient_field");
  });
  places.push_back({top, layer_scales()});
  places.back().items.insert(places.back().items.end(), items.begin(), items.end());
  if (h5::read_integer(group.get(), "bottom_k") == 0) return;
  items.insert(items.begin(), bottom_rank_item());
  places.push_back({top + "/bottom", std::move(items), Ranking::bottom});
}

void check_file(hid_t file, Problems& problems) {
  if (!h5::has_attribute(file, "finished"))
    problems.add("", "unfinished: attribute finished is missing");
  for (const Place& place : expected_places(file, problems)) {
    const std::size_t before = problems.count();
    check_place(file, place, problems);
    if (problems.count() > before) continue;
    if (place.group == "images") problems.attempt("images", [&] { check_images(file, problems); });
    if (place.group.starts_with("layers/"))
      problems.attempt(place.group, [&] { check_values(file, place, problems); });
  }
}

}  // namespace

void Problems::add(const std::string& place, const std::string& what) {
  at_place_ = place == last_place_ ? at_place_ + 1 : 1;
  last_place_ = place;
  if (at_place_ > kSentencesAPlace)
    ++left_out_;
  else
    sentences_.push_back(path_ + ": " + (place.empty() ? "" : place + ": ") + what);
}

std::vector<std::string> Problems::take() {
  if (left_out_ > 0)
    sentences_.push_back(path_ + ": " + std::to_string(left_out_) +
                         " more problems in the places above are left out here");
  return std::move(sentences_);
}

std::vector<Place> results::expected_places(hid_t file, Problems& problems) {
  std::vector<Place> places{{"", root_items()}};
  problems.attempt("", [&] {
    const Attributes root = h5::read_attributes(file);
    const bool noise = is_text(find_attribute(root, "fill"), "noise");
    const h5::Group occluder = h5::open_group(file, "occluder");
    if (noise || h5::exists(occluder.get(), "patch"))
      places.push_back({"occluder", occluder_items()});
    Place images{"images"};
    append(images.items, image_items(), version_of(file));
    places.push_back(std::move(images));
    const std::vector<std::string> layers = layer_groups(file, problems);
    bool maps = is_true(find_attribute(root, "keep-maps"));
    for (const std::string& name : layers)
      maps = maps || h5::exists(h5::open_group(file, "layers/" + name).get(), "discrepancy");
    for (const std::string& name : layers)
      problems.attempt("layers/" + name, [&] { add_layer(file, name, maps, places); });
  });
  return places;
}

namespace {

/// Schema, chunks and values.
std::vector<std::string> find_problems(const std::string& path) {
  Problems problems(path);
  try {
    const h5::File file = open_whole(path);
    problems.attempt("", [&] {
      const std::string format = h5::read_text(file.get(), "format");
      if (format == kFormat || format == kOldFormat)
        check_file(file.get(), problems);
      else
        problems.add("", "is of format \"" + format + "\", not " + std::string(kFormat));
    });
  } catch (const DataError& error) {
    return {error.what()};
  }
  return problems.take();
}

/// Dimension scales; what find_problems says is not said again.
std::vector<std::string> find_detached(const std::string& path) {
  Problems problems(path), said(path);
  try {
    const h5::File file = open_whole(path);
    for (const Place& place : expected_places(file.get(), said))
      problems.attempt(place.group, [&] { check_attached(file.get(), place, problems); });
  } catch (const DataError&) {
    return {};
  }
  return problems.take();
}

// References to scales lie in a heap without checksums, which can make HDF5 1.10 loop for ever.
constexpr unsigned kScalesCpuSeconds = 60;

}  // namespace

std::vector<std::string> check_results(const std::string& path) {
  expect_readable(path);
  const auto crash = [&](const char* what) {
    return path + ": damaged so that the HDF5 library fails when it reads its " + what +
           "; take an intact copy or repeat the run";
  };
  auto problems = in_own_process([&] { return find_problems(path); }, crash("datasets"), 0);
  const auto detached =
      in_own_process([&] { return find_detached(path); }, crash("scales"), kScalesCpuSeconds);
  problems.insert(problems.end(), detached.begin(), detached.end());
  return problems;
}

}  // namespace rfmap
