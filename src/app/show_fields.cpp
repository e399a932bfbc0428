#include <fmt/format.h>

#include "rfmap/picture.h"

#include "app/show_units.h"

namespace rfmap::app {
namespace {

FieldPicture picture_of(const ShownUnit& unit, double cut) {
  FieldPicture picture;
  picture.layer = unit.layer->name;
  picture.label = fmt::format("unit {}", unit.unit);
  picture.shape = {unit.layer->canvas.height, unit.layer->canvas.width};
  picture.mean = unit.record.field.mean;
  picture.theoretical_h = unit.layer->field.y.size();
  picture.theoretical_w = unit.layer->field.x.size();
  picture.size = unit.record.field.size;
  picture.cut = cut;
  return picture;
}

}  // namespace

void write_fields(const ResultsReader& results, const ShowSettings& s) {
  const double cut = recorded(results.run()).method.rules.size_cut;
  std::vector<FieldPicture> pictures;
  for (const ShownUnit& unit : pick_units(results, s)) pictures.push_back(picture_of(unit, cut));
  write_fields_png(s.out, pictures, s.columns);
}

}  // namespace rfmap::app
