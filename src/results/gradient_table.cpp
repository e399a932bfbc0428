#include "results/gradient_table.h"

#include "core/nan.h"
#include "results/unit_table.h"

namespace rfmap {
namespace {

/// gradient_items() of one number a unit.
std::vector<Item> number_items() {
  std::vector<Item> items = gradient_items();
  std::erase_if(items, [](const Item& item) { return item.map; });
  return items;
}

}  // namespace

GradientTable::GradientTable(int units) {
  for (const Item& item : number_items())
    columns_[std::string(item.name)].assign(std::size_t(units), kNan);
}

void GradientTable::put(int unit, const GradientField& field) {
  const std::size_t at = std::size_t(unit);
  columns_.at("gradient_size")[at] = field.size;
  columns_.at("gradient_size_occluder")[at] = field.size_occluder;
  columns_.at("gradient_correlation")[at] = field.correlation;
  columns_.at("gradient_overlap")[at] = field.overlap;
}

GradientField GradientTable::get(int unit) const {
  const std::size_t at = std::size_t(unit);
  return {{},
          columns_.at("gradient_size")[at],
          columns_.at("gradient_size_occluder")[at],
          columns_.at("gradient_correlation")[at],
          columns_.at("gradient_overlap")[at]};
}

void GradientTable::write(const Scope& scope, const Extents& extents) const {
  for (const Item& item : number_items())
    h5::write_all(create_item(scope, item, extents), columns_.at(std::string(item.name)));
}

GradientTable GradientTable::read(hid_t group, int units) {
  GradientTable table(units);
  for (auto& [name, column] : table.columns_) {
    const h5::Dataset dataset = h5::open_dataset(group, name);
    if (h5::volume(h5::extent_of(dataset)) != column.size())
      throw h5::Failure("read " + name, "its extent does not fit the layer's units");
    column = h5::read_all<float>(dataset);
  }
  return table;
}

Attributes GradientTable::figures() const {
  Attributes figures;
  for (const Item& item : number_items()) {
    const Moments m = moments(columns_.at(std::string(item.name)));
    figures.emplace_back(std::string(item.name) + "_mean", m.mean);
    figures.emplace_back(std::string(item.name) + "_std", m.deviation);
  }
  return figures;
}

}  // namespace rfmap
