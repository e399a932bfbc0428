#include <algorithm>
#include <cmath>
#include <initializer_list>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "method/preprocessing.h"
#include "method/recorded.h"
#include "results/check.h"
#include "results/h5/attribute_io.h"
#include "results/reader_checks.h"
#include "results/record_attributes.h"

namespace rfmap::results {
namespace {

bool same_value(const Attribute& a, const Attribute& b) {
  const auto* const first = std::get_if<std::vector<double>>(&a);
  const auto* const second = std::get_if<std::vector<double>>(&b);
  if (first && second) return std::ranges::equal(*first, *second, same_number);
  if (const auto* const number = std::get_if<double>(&a))
    return std::holds_alternative<double>(b) && same_number(*number, std::get<double>(b));
  return a == b;
}

/// Runs `look`, whose sentence about an attribute becomes a problem.
template <class Look>
void attempt_choice(Problems& problems, Look&& look) {
  try {
    look();
  } catch (const DataError& error) {
    problems.add("", error.what());
  }
}

void require_one_of(const Attributes& root, const std::string& name,
                    std::initializer_list<std::string_view> values, Problems& problems) {
  const Attribute* const held = find_attribute(root, name);
  if (held && std::ranges::find(values, recorded_text(root, name)) == values.end())
    problems.add("", fmt::format("attribute {} is \"{}\", which no run writes", name,
                                 recorded_text(root, name)));
}

/// C, H, W, of which the occluder's grid knows the last two.
void check_input(const Attributes& root, const Grid& grid, Problems& problems) {
  const Attribute* const held = find_attribute(root, "input_shape");
  if (!held) return;
  const auto* const shape = std::get_if<std::vector<std::int64_t>>(held);
  if (!shape || shape->size() != 3 || (*shape)[0] < 1 || (*shape)[0] > 4 ||
      (*shape)[1] != grid.input.h || (*shape)[2] != grid.input.w)
    problems.add("", "attribute input_shape is not that of the grid's input");
}

}  // namespace

void check_run_attributes(hid_t file, Problems& problems) {
  const Attributes root = h5::read_attributes(file);
  attempt_choice(problems, [&] { method::require_recorded(root); });
  if (find_attribute(root, "preprocessing"))
    attempt_choice(problems,
                   [&] { method::preprocessing_from_json(recorded_text(root, "preprocessing")); });
  require_one_of(root, "recentre_rounded", {"0", "1"}, problems);
  RunRecord run;
  read_occluder(file, run);
  require_grid(run);
  check_input(root, run.grid, problems);
}

void check_layer_attributes(hid_t file, const Place& place, Problems& problems) {
  RunRecord run;
  read_occluder(file, run);
  const h5::Group group = h5::open_group(file, place.group);
  const LayerRecord layer = read_layer(group.get());
  require_layer(layer, run);
  if (!(std::isnan(layer.size_flat) || (layer.size_flat >= 0 && layer.size_flat <= 1e7f)))
    problems.add(place.group, "attribute size_flat is no size");
  const Attributes held = h5::read_attributes(group.get());
  for (const auto& [name, value] : layer_attributes(layer))
    if (const Attribute* const there = find_attribute(held, name);
        there ? !same_value(*there, value) : version_of(file) >= 2)
      problems.add(place.group,
                   fmt::format("attribute {} {}", name,
                               there ? "differs from what the others give" : "is missing"));
}

}  // namespace rfmap::results
