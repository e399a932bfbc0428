#pragma once

#include "kernels/images.h"

/// Blocks of cells of images as channels.
namespace rfmap::kernels {

/// One row of a block of W cells; the last row's index clears the channels that are left.
template <DType T, int W>
struct BlockRow {
  static constexpr int kNumbers = W * kBlockChannels, kPack = kNumbers % 4 == 0 ? 4 : 2;
  Tensor out;
  ImageBlocks in;
  Cells<1> rows{in.block.h, out.w};  ///< the row is the place's channel
  Samples<T> to{out}, images{in.images};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<1> at = rows.at(i);
    const plan::Occluder occluder =
        in.occluders ? entry(in.occluders, n) : plan::Occluder{{}, -1, n};
    Point first{in.origin.y + at.y * in.block.h + at.c, in.origin.x + at.x * W};
    if (in.windows) {
      const Point window = entry(in.windows, n);
      first.y += window.y * in.stride.h;
      first.x += window.x * in.stride.w;
    }
    Stored<T>* row = to.at(n) + (at.cell * out.pitch + at.c * kNumbers);
    store_row(row, numbers(occluder, first));
    if (at.c == in.block.h - 1)
      for (int c = in.block.h * kNumbers; c < out.c; ++c)
        store_as<T>(row + (c - at.c * kNumbers), splat<1>(0));
  }

 private:
  /// W neighbouring cells of an image, from `first` on.
  RFMAP_HD Vec<kNumbers> numbers(const plan::Occluder& occluder, Point first) const {
    Vec<kNumbers> all = splat<kNumbers>(0);
    if (unsigned(first.y) >= unsigned(in.images.h)) return all;
    const float* patch =
        in.patches ? patch_of(in.patches, occluder, in.patch, kBlockChannels) : nullptr;
    const int y = first.y - occluder.origin.y, area = in.patch.h * in.patch.w;
    const bool covers = patch && unsigned(y) < unsigned(in.patch.h);
    const Stored<T>* image = images.at(occluder.image) + first.y * in.images.w * in.images.pitch;
    RFMAP_UNROLL
    for (int k = 0; k < W; ++k) {
      const int column = first.x + k, x = column - occluder.origin.x;
      if (unsigned(column) >= unsigned(in.images.w)) continue;
      const bool covered = covers && unsigned(x) < unsigned(in.patch.w);
      RFMAP_UNROLL
      for (int c = 0; c < kBlockChannels; ++c)
        all.v[k * kBlockChannels + c] =
            covered ? patch[c * area + y * in.patch.w + x]
                    : load_as<T, 1>(image + column * in.images.pitch + c).v[0];
    }
    return all;
  }

  RFMAP_HD static void store_row(Stored<T>* row, const Vec<kNumbers>& all) {
    RFMAP_UNROLL
    for (int i = 0; i < kNumbers; i += kPack) {
      Vec<kPack> some;
      for (int k = 0; k < kPack; ++k) some.v[k] = all.v[i + k];
      store_as<T>(row + i, some);
    }
  }
};

/// Images and blocks have one storage type; blocks begin at multiples of four channels.
inline bool is_supported(const ImageBlocks& in) {
  return is_block_width(in.block.w) && in.images.c == kBlockChannels;
}

template <class Go>
auto spread(const Tensor& out, const ImageBlocks& in, const Go& go) {
  const Grid rows{out.n, out.h * out.w * in.block.h};
  return with_type(out.type, [&](auto type) {
    return in.block.w == 4 ? go(BlockRow<type(), 4>{out, in}, rows)
                           : go(BlockRow<type(), 2>{out, in}, rows);
  });
}

}  // namespace rfmap::kernels
