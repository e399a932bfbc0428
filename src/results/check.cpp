#include "results/check.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "results/h5/attribute_io.h"
#include "results/open_file.h"
#include "results/own_process.h"
#include "results/unit_rows.h"

namespace rfmap {
using namespace results;
namespace {

constexpr std::size_t kSentencesAPlace = 10;

/// Names and texts of a file in a sentence: without line breaks and other control characters.
std::string in_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

bool is_true(const Attributes& root, const std::string& name) {
  const std::string text = recorded_text(root, name);
  return text == "true" || text == "1";
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
  const std::set<std::string> there(links.begin(), links.end());
  std::set<std::string> named;
  std::vector<std::string> groups;
  for (const std::string& name : order)
    if (!named.insert(name).second)
      problems.add("layers", "attribute order names the layer " + name + " twice");
    else if (!there.contains(name))
      problems.add("layers", "the layer " + name + " of attribute order is missing");
    else
      groups.push_back(name);
  for (const std::string& name : links)
    if (!named.contains(name))
      problems.add("layers", "the group " + name + " is not in attribute order");
  return groups;
}

/// The layers without those whose group or name another one has: they would be read as often.
std::vector<std::string> distinct_layers(hid_t file, const std::vector<std::string>& layers,
                                         Problems& problems) {
  std::set<haddr_t> seen;
  std::set<std::string> names;
  std::vector<std::string> distinct;
  for (const std::string& name : layers)
    problems.attempt("layers/" + name, [&] {
      const h5::Group group = h5::open_group(file, "layers/" + name);
      H5O_info_t info;
      h5::checked(H5Oget_info(group.get(), &info), "find the address of a layer");
      const std::string own = h5::read_text(group.get(), "name");
      if (!seen.insert(info.addr).second)
        problems.add("layers/" + name, "is the group of another layer too");
      else if (!names.insert(own).second)
        problems.add("layers/" + name, "attribute name is \"" + own + "\", as of another layer");
      else
        distinct.push_back(name);
    });
  return distinct;
}

/// Items that a file of this version has.
template <class Items>
void append(std::vector<Item>& items, const Items& more, const Holds& file) {
  for (const Item& item : more)
    if (file.has(item) && item.since <= file.version) items.push_back(item);
}

void add_layer(hid_t file, const std::string& name, Holds holds, std::vector<Place>& places) {
  const std::string top = "layers/" + name;
  const h5::Group group = h5::open_group(file, top);
  holds.gradients = holds.gradients || h5::exists(group.get(), "gradient_field");
  places.push_back({top, layer_scales()});
  append(places.back().items, unit_rows(), holds);
  append(places.back().items, map_rows(holds), holds);
  if (h5::read_integer(group.get(), "bottom_k") == 0) return;
  places.push_back({top + "/bottom", {bottom_rank_item()}, Ranking::bottom});
  append(places.back().items, unit_rows(), holds);
  append(places.back().items, map_rows(holds), holds);
}

/// Of a place whose datasets are sound.
void check_attributes(hid_t file, const Place& place, Problems& problems) {
  if (place.group.empty()) problems.attempt("", [&] { check_run_attributes(file, problems); });
  if (place.group.starts_with("layers/") && place.ranking == Ranking::top)
    problems.attempt(place.group, [&] { check_layer_attributes(file, place, problems); });
}

void check_file(hid_t file, Problems& problems) {
  if (!h5::has_attribute(file, "finished"))
    problems.add("", "unfinished: attribute finished is missing");
  for (const Place& place : expected_places(file, problems)) {
    const std::size_t before = problems.count();
    check_place(file, place, problems);
    if (problems.count() == before) check_lengths(file, place, problems);
    if (problems.count() > before) continue;
    check_attributes(file, place, problems);
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
    sentences_.push_back(path_ + ": " + in_one_line((place.empty() ? "" : place + ": ") + what));
  if (count() >= most_) throw Enough{};
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
    const h5::Group occluder = h5::open_group(file, "occluder");
    if (recorded_text(root, "fill") == "noise" || h5::exists(occluder.get(), "patch"))
      places.push_back({"occluder", occluder_items()});
    Holds holds{is_true(root, "with-gradient"), is_true(root, "keep-maps"), version_of(file)};
    places.push_back({"images", {}});
    append(places.back().items, image_items(), holds);
    if (h5::exists(file, "images") && h5::exists(file, "images/label"))
      places.back().items.push_back(image_label_item());
    const std::vector<std::string> layers =
        distinct_layers(file, layer_groups(file, problems), problems);
    for (const std::string& name : layers)
      if (h5::exists(h5::open_group(file, "layers/" + name).get(), "discrepancy"))
        holds.change_maps = true;
    for (const std::string& name : layers)
      problems.attempt("layers/" + name, [&] { add_layer(file, name, holds, places); });
  });
  return places;
}

namespace {

/// Schema, chunks and values. Throws DataError for a file that does not open.
std::vector<std::string> find_problems(const std::string& path) {
  Problems problems(path);
  const h5::File file = open_whole(path);
  problems.attempt("", [&] {
    const std::string format = h5::read_text(file.get(), "format");
    if (format == kFormat || format == kOldFormat)
      check_file(file.get(), problems);
    else
      problems.add("", "is of format \"" + format + "\", not " + std::string(kFormat));
  });
  return problems.take();
}

/// Dimension scales; what find_problems says is not said again.
std::vector<std::string> find_detached(const std::string& path) {
  Problems problems(path), said(path);
  try {
    const h5::File file = open_whole(path);
    for (const Place& place : expected_places(file.get(), said))
      problems.attempt(place.group, [&] { check_attached(file.get(), place, problems, said); });
  } catch (const DataError&) {
    return {};
  }
  return problems.take();
}

void pass_gate(hid_t file, Problems& problems) {
  for (const Place& place : expected_places(file, problems)) {
    check_form(file, place, problems);
    check_lengths(file, place, problems);
    check_attributes(file, place, problems);
    if (place.group == "images") problems.attempt("images", [&] { check_images(file, problems); });
    if (place.group.starts_with("layers/"))
      problems.attempt(place.group, [&] { check_tables(file, place, problems); });
  }
}

// References to scales lie in a heap without checksums, which can make HDF5 1.10 loop for ever.
// A whole file of 1,200 layers takes 6 s.
constexpr unsigned kScalesCpuSeconds = 120;

}  // namespace

std::vector<std::string> results::gate_problems(const std::string& path) {
  const h5::File file = open_finished(path);
  Problems problems(path + ": damaged", 1);
  try {
    problems.attempt("", [&] { pass_gate(file.get(), problems); });
  } catch (const Problems::Enough&) {
  }
  return problems.take();
}

std::vector<std::string> check_results(const std::string& path) {
  expect_readable(path);
  const auto crash = [&](const char* what) {
    return path + ": damaged so that the HDF5 library fails when it reads its " + what +
           "; take an intact copy or repeat the run";
  };
  auto problems = in_own_process([&] { return find_problems(path); }, crash("datasets"));
  if (!problems.empty()) return problems;  // scales of a damaged file may take very long
  const CpuLimit limit{kScalesCpuSeconds,
                       fmt::format("{}: not finished: its datasets were read, but reading its "
                                   "dimension scales took more than {} s; h5py reads the numbers "
                                   "without them",
                                   path, kScalesCpuSeconds)};
  return in_own_process([&] { return find_detached(path); }, crash("scales"), limit);
}

}  // namespace rfmap
