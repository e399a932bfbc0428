#include "checking/difference.h"

#include <cmath>
#include <limits>

#include "core/overloaded.h"

namespace rfmap::checking {
using namespace plan;
namespace {

using Numbers = std::vector<float>;

Difference compare_maps(const Program& program, int value, const Call& call, const Numbers& got,
                        const Numbers& want) {
  Difference difference;
  for_needed(program, value, call, [&](const Place& at) {
    const std::size_t i = index_of(program.values[value].shape, at);
    difference.add(got[i], want[i], at);
  });
  return difference;
}

Difference compare_responses(std::span<const Read> reads, const Numbers& got, const Numbers& want) {
  Difference difference;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const Read& read = reads[i % reads.size()];
    difference.add(got[i], want[i], {int(i / reads.size()), read.channel, read.position});
  }
  return difference;
}

Difference compare_points(std::span<const PointRead> points, const Numbers& got,
                          const Numbers& want) {
  Difference difference;
  for (std::size_t i = 0; i < want.size(); ++i)
    difference.add(got[i], want[i], {points[i].sample, points[i].channel, points[i].position});
  return difference;
}

/// What a map holds where an extremum was found; NaN beyond the map.
float value_at(const Numbers& map, const Shape& shape, const Place& at) {
  const bool inside =
      at.cell.y >= 0 && at.cell.y < shape.h && at.cell.x >= 0 && at.cell.x < shape.w;
  return inside ? map[index_of(shape, at)] : std::numeric_limits<float>::quiet_NaN();
}

Difference compare_extrema(const std::vector<int>& channels, const Shape& shape,
                           const std::vector<Extremum>& got, const std::vector<Extremum>& want,
                           const Numbers* map) {
  Difference difference;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const Place at{int(i / channels.size()), channels[i % channels.size()], got[i].position};
    difference.add(got[i].value, want[i].value, at);
    if (map) difference.add(value_at(*map, shape, at), want[i].value, at);
  }
  return difference;
}

}  // namespace

void Difference::add(float of_tested, float of_reference, const Place& at) {
  float difference = std::fabs(of_tested - of_reference);
  if (std::isnan(difference)) {
    const bool alike =
        of_tested == of_reference || (std::isnan(of_tested) && std::isnan(of_reference));
    difference = alike ? 0 : std::numeric_limits<float>::infinity();
  }
  if (difference > size) *this = {difference, of_tested, of_reference, at};
}

Difference compare_step(const Watched& watched, int index, const Call& call, const Reply& got,
                        const Reply& want) {
  const Program& program = watched.program;
  const Step& step = program.steps[index];
  const auto input = [&] { return step.inputs.front(); };
  const auto compare = core::Overloaded{
      [&](const ReadResponse& read) {
        return compare_responses(call.reads[read.table], got.responses[read.table],
                                 want.responses[read.table]);
      },
      [&](const ReadPoints& read) {
        return compare_points(call.points[read.table], got.responses[read.table],
                              want.responses[read.table]);
      },
      [&](const ReadExtrema& read) {
        const int maker = maker_of(program, input());
        return compare_extrema(read.channels, program.values[input()].shape,
                               got.extrema[read.table], want.extrema[read.table],
                               maker < 0 ? nullptr : &want.maps[watched.map_table(maker)]);
      },
      [&](const ReadMap& read) {
        return compare_maps(program, input(), call, got.maps[read.table], want.maps[read.table]);
      },
      [&](const core::OneOf<LoadImages, Occlude, Compute, CropWindow, GatherWindow, SelectedConv,
                            WindowAverage> auto&) {
        const int table = watched.map_table(index);
        return compare_maps(program, step.output, call, got.maps[table], want.maps[table]);
      }};
  return std::visit(compare, step.kind);
}

}  // namespace rfmap::checking
