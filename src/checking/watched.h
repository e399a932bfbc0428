#pragma once

#include <vector>

#include "plan/engine.h"

/// Programs that give their inner values back too.
namespace rfmap::checking {

/// A program and where its steps' outputs are read: step i's into Reply::maps[first_map + i].
struct Watched {
  plan::Program program;
  int first_map = 0;  ///< behind the maps that the program reads itself
  int tested = 0;     ///< index of its like in the tested session
  int map_table(int step) const { return first_map + step; }
};
Watched watch(const plan::Program& program);

/// Index of the step that writes a value; -1 where another program does.
int maker_of(const plan::Program& program, int value);

/// Residents outlive their program: what reads them later relies on them.
bool writes_resident(const plan::Program& program, const plan::Step& step);

/// The program with reads of the outputs of all steps, or of residents alone.
plan::Program with_maps(const Watched& watched, bool all);

/// The program up to a step and a read of that step's output, nothing else.
plan::Program cut_after(const Watched& watched, int step);

/// The cells of sample n of a value that something reads, from its window's own corner. Engines may
/// leave anything in the others (Call::live).
Rect needed_cells(const plan::Program& program, int value, const plan::Call& call, int n);

/// Where a number stands in a value.
struct Place {
  int sample = 0, channel = 0;
  Point cell;
};
inline std::size_t index_of(const Shape& shape, const Place& at) {
  return ((std::size_t(at.sample) * shape.c + at.channel) * shape.h + at.cell.y) * shape.w +
         at.cell.x;
}

/// Calls visit(place) for every number of a value that is needed.
template <class Visit>
void for_needed(const plan::Program& program, int value, const plan::Call& call,
                const Visit& visit) {
  const plan::Value& all = program.values[value];
  for (int n = 0; n < all.batch; ++n) {
    const Rect cells = needed_cells(program, value, call, n);
    for (int c = 0; c < all.shape.c; ++c)
      for (int y = cells.y0; y < cells.y1; ++y)
        for (int x = cells.x0; x < cells.x1; ++x) visit(Place{n, c, {y, x}});
  }
}

}  // namespace rfmap::checking
