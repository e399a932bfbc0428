#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "rfmap/field.h"
#include "rfmap/occlusion.h"
#include "rfmap/topk.h"

/// From the K change maps of one unit to its empirical receptive field (docs/method.md).
namespace rfmap {

enum class Discrepancy { drop, abs, signed_change };
enum class Deposit { center, footprint };
enum class Upsample { bilinear, nearest };  // a pixel half way: the later position
enum class Normalize { none, peak };
enum class Border { ignore, zero };
/// The location on which a map is recentred if several positions of the layer attain the maximum.
enum class Recentre { ties_mean, first };
enum class SizeRule { area, radius50, radius90, gaussian, box };
/// By their names in options and files; src/core/sizes.cpp says what each measures.
inline constexpr std::array<std::pair<const char*, SizeRule>, 5> kSizeRules{
    {{"area", SizeRule::area},
     {"radius50", SizeRule::radius50},
     {"radius90", SizeRule::radius90},
     {"gaussian", SizeRule::gaussian},
     {"box", SizeRule::box}}};

/// The rules of averaging and measuring. All but `recentre`, which says where responses were read,
/// can be changed without the network.
struct AggregateRules {
  Recentre recentre = Recentre::ties_mean;
  Discrepancy discrepancy = Discrepancy::drop;
  Deposit deposit = Deposit::center;
  Upsample upsample = Upsample::bilinear;
  Normalize normalize = Normalize::none;
  Border border = Border::ignore;
  SizeRule size_rule = SizeRule::area;
  double size_cut = 0.1;
  int resamples = 1000;  ///< bootstrap over the K images
};

/// The random numbers of one unit: bootstrap and random halves.
struct RandomStream {
  std::uint64_t seed = 0;
  int unit = 0;
};

/// Whether these rules round the mean of tied positions if it lies between pixels: bilinear
/// interpolation of the grid at the unit's centre needs no rounding, the other rules take the
/// nearest pixel or grid position.
inline bool rounds_ties(const AggregateRules& r) {
  return r.recentre == Recentre::ties_mean &&
         (r.deposit == Deposit::footprint || r.upsample == Upsample::nearest);
}

/// Canvas on which maps are recentred: `height` x `width` pixels, the unit's centre in the middle.
/// Offset of column j from the centre: j - (width - 1) / 2. Side of the canvas along an axis: s =
/// ceil(r) + 2 floor(occluder / 2) (footprint: + 2 (occluder - 1)), plus one jump if maps are
/// recentred on the mean of tied positions, which lies at most half a jump from the one that is
/// read; at most 2n - 1; 2n - 1 for units of the whole input (max, sum and global layers). A centre
/// at a half pixel needs an even side and one at a whole pixel an odd one (no resampling): s is
/// raised by one if the parity would be wrong.
struct Canvas {
  int height = 0, width = 0;
};
/// What a unit's maps can show: its theoretical field, or all of the input.
enum class CanvasOf { field, whole_input };
Canvas make_canvas(const Field& field, const Grid& grid, const AggregateRules& rules,
                   CanvasOf what = CanvasOf::field);

/// Pixel of the input on which a response is recentred: the theoretical centre at the peak's
/// centre. Positions between cells lie between their neighbours' centres.
Centre response_centre(const Field& field, const Peak& peak);

/// The change map of one (unit, image) pair: the signed change over the grid (original - occluded,
/// [grid_y, grid_x] row-major; for bottom-K the caller passes it negated so that `drop` is max(0,
/// change)) and the theoretical centre of the recorded location in pixels.
struct ChangeMap {
  std::span<const float> change;
  Centre centre;
  int cluster = kNone;  ///< images of one cluster are resampled together; none: the image alone
};

/// Gaussian fitted to the mean map (counted pixels only): amplitude, dy, dx, sigma_major,
/// sigma_minor, angle of the major axis (radians from +x towards +y, in -pi/2..pi/2); r2 =
/// explained variance. NaN when it fails (core/gaussian.h).
struct Gaussian {
  std::array<float, 6> parameters{};
  float r2 = 0;
};

/// Sizes of one recentred map, in pixels, computed from its positive part (with signed changes a
/// map has a negative part too); NaN if nothing is above zero.
struct Sizes {
  float cut10 = 0, cut25 = 0, cut50 = 0;  ///< sqrt(area where map >= cut * peak)
  float cut = 0;                          ///< the same at the threshold AggregateRules::size_cut
  float radius50 = 0,
        radius90 = 0;          ///< radius of 50 / 90 % of the positive mass about its centroid
  std::array<float, 4> box{};  ///< y0, x0, y1, x1: outermost pixels of the area at size_cut, both
                               ///< inclusive, as offsets from the unit's centre
  Gaussian gaussian;
};

/// Sizes of a [height, width] map; pixels with counted[i] == 0 are ignored.
Sizes measure_sizes(std::span<const float> map, std::span<const std::uint8_t> counted,
                    const Canvas& canvas, double size_cut);
/// The size by the chosen rule: area: cut; radius: 2 r; gaussian: sqrt(area of the ellipse at the
/// cut) = sqrt(2 pi ln(1/cut) sigma_major sigma_minor); box: sqrt(h * w).
float chosen_size(const Sizes& sizes, SizeRule rule, double size_cut);

/// The results of one unit.
struct UnitField {
  std::vector<float> mean;           ///< [height, width]; NaN where no image reaches
  std::vector<std::uint16_t> count;  ///< [height, width] images that reach the pixel
  Sizes sizes;
  float size = 0;                   ///< chosen rule
  std::array<float, 2> interval{};  ///< 95 % bootstrap interval of `size` (core/bootstrap.h)
  float bias = 0;  ///< size minus the mean size of the resamples; the interval is shifted by it
  float equivalent = 0;   ///< core/equivalent.h
  float thinned = 0;      ///< size from every second grid position, mean over the phases
  float reliability = 0;  ///< core/split_half.h
  float inhibition = 0;   ///< mass of rises divided by mass of drops, all images, counted pixels
  std::vector<float> signed_mean;  ///< [height, width] mean signed change
  std::vector<float> abs_mean;     ///< [height, width] mean absolute change; not in files
  float truncated = 0;             ///< share of the threshold contour that touches uncounted pixels
  std::vector<float> rank_size;  ///< [K] size of each image's own map (all pixels that it reaches)
  std::vector<Centre> rank_centroid;  ///< [K] centroids of these maps, from the unit's centre
};

/// Upsamples the maps to pixels, recentres, averages over the images that reach each pixel
/// (Border::ignore) or over all of them (zero), and measures. A pixel counts for peak and sizes
/// when at least half of the images reach it. No maps: everything NaN, counts 0.
UnitField aggregate_unit(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                         const AggregateRules& rules, const RandomStream& random);

/// The size that a flat field of the theoretical size (r_y x r_x, linear unit) would give with this
/// occluder, stride, deposit, upsampling and threshold: average over the phases of the grid
/// relative to the field (at most 4 x 4 phases).
float size_flat(const FieldSize& field, const Grid& grid, const AggregateRules& rules);

}  // namespace rfmap
