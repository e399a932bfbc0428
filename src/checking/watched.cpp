#include "checking/watched.h"

#include <algorithm>

namespace rfmap::checking {
using namespace plan;

Watched watch(const Program& program) {
  Watched watched{program};
  for (const Step& step : program.steps)
    if (const auto* read = std::get_if<ReadMap>(&step.kind))
      watched.first_map = std::max(watched.first_map, read->table + 1);
  return watched;
}

int maker_of(const Program& program, int value) {
  for (int i = 0; i < int(program.steps.size()); ++i)
    if (program.steps[i].output == value) return i;
  return -1;
}

bool writes_resident(const Program& program, const Step& step) {
  return step.output >= 0 && program.values[step.output].resident >= 0;
}

Program with_maps(const Watched& watched, bool all) {
  Program program = watched.program;
  program.steps.clear();
  for (int i = 0; i < int(watched.program.steps.size()); ++i) {
    const Step& step = watched.program.steps[i];
    program.steps.push_back(step);
    if (all ? step.output >= 0 : writes_resident(program, step))
      program.steps.push_back({ReadMap{watched.map_table(i)}, {step.output}, -1});
  }
  return program;
}

Program cut_after(const Watched& watched, int step) {
  Program program = watched.program;
  program.steps.resize(std::size_t(step) + 1);
  std::erase_if(program.steps, [](const Step& s) { return s.output < 0; });
  program.steps.push_back(
      {ReadMap{watched.map_table(step)}, {watched.program.steps[step].output}, -1});
  return program;
}

Rect needed_cells(const Program& program, int value, const Call& call, int n) {
  const Value& all = program.values[value];
  const int maker = maker_of(program, value);
  const auto* crop = maker < 0 ? nullptr : std::get_if<CropWindow>(&program.steps[maker].kind);
  const int window = crop ? crop->window : all.window;
  if (window < 0) return {0, 0, all.shape.h, all.shape.w};
  const Rect cells = call.live_cells(window, n);
  if (cells.empty()) return {};
  if (!crop) return cells;
  return {cells.y0 * crop->stride.h, cells.x0 * crop->stride.w,
          (cells.y1 - 1) * crop->stride.h + crop->reach.h,
          (cells.x1 - 1) * crop->stride.w + crop->reach.w};
}

}  // namespace rfmap::checking
