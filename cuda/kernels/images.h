#pragma once

#include "kernels/grid.h"

/// Occluded images, and conversion between planes [n, c, h, w] and cells [n, h, w, c].
namespace rfmap::kernels {

/// Value of a patch [c, size.h, size.w] at a pixel, if it covers the pixel; else `image`.
RFMAP_HD inline float under_patch(const float* patch, Size size, Point offset, int c, float image) {
  const bool covered = offset.y >= 0 && offset.y < size.h && offset.x >= 0 && offset.x < size.w;
  return covered ? patch[(c * size.h + offset.y) * size.w + offset.x] : image;
}

/// The patch of an occluder, or null for the null occluder.
RFMAP_HD inline const float* patch_of(const float* patches, const plan::Occluder& occluder,
                                      Size size, int channels) {
  if (occluder.patch < 0) return nullptr;
  return patches + std::int64_t(occluder.patch) * channels * size.h * size.w;
}

/// One pixel of one copy, V channels at a time.
template <int V>
struct OccludedPixel {
  Tensor out;
  Occlusion in;
  Divisor by_width{out.w};

  RFMAP_HD void operator()(int n, int i) const {
    const int y = by_width.divide(i), x = i - y * out.w;
    const plan::Occluder& occluder = in.occluders[n];
    const float* patch = patch_of(in.patches, occluder, in.patch, in.images.c);
    const std::int64_t from = cell_at(in.images, occluder.image, y, x), to = cell_at(out, n, y, x);
    const Point offset{y - occluder.origin.y, x - occluder.origin.x};
    for (int c = 0; c < out.c; c += V) {
      Vec<V> value = c < in.images.c ? load<V>(in.images, from + c) : splat<V>(0);
      for (int v = 0; v < V; ++v) {
        if (c + v >= in.images.c)
          value.v[v] = 0;
        else if (patch)
          value.v[v] = under_patch(patch, in.patch, offset, c + v, value.v[v]);
      }
      store<V>(out, to + c, value);
    }
  }
};

/// One pixel of one copy: K channels of an image in a cell of C, all of storage type T.
template <DType T, int C, int K>
struct OccludedCell {
  Tensor out;
  Occlusion in;
  Cells<C> cells{out};
  Samples<T> to{out}, images{in.images};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<C> at = cells.at(i);
    const plan::Occluder occluder = entry(in.occluders, n);
    const int y = at.y - occluder.origin.y, x = at.x - occluder.origin.x;
    const bool covered = occluder.patch >= 0 && unsigned(y) < unsigned(in.patch.h) &&
                         unsigned(x) < unsigned(in.patch.w);
    Vec<C> value = splat<C>(0);
    if (covered) {
      const int area = in.patch.h * in.patch.w;
      const float* patch =
          in.patches + std::int64_t(occluder.patch) * (K * area) + (y * in.patch.w + x);
      for (int k = 0; k < K; ++k) value.v[k] = patch[k * area];
    } else {
      const Stored<T>* image = images.at(occluder.image) + at.cell * in.images.pitch;
      for (int k = 0; k < K; ++k) value.v[k] = load_as<T, 1>(image + k).v[0];
    }
    store_as<T>(to.at(n) + at.cell * C, value);
  }
};

/// One cell from the planes of a sample.
struct CellFromPlanes {
  Tensor out;
  const float* planes;
  int channels;
  Divisor by_width{out.w};

  RFMAP_HD void operator()(int n, int i) const {
    const int y = by_width.divide(i), x = i - y * out.w;
    const std::int64_t to = cell_at(out, n, y, x), area = std::int64_t(out.h) * out.w;
    for (int c = 0; c < out.c; ++c)
      store_one(out, to + c,
                c < channels ? planes[(std::int64_t(n) * channels + c) * area + i] : 0);
  }
};

/// One value of the planes.
struct ValueToPlanes {
  float* planes;
  Tensor in;

  RFMAP_HD void operator()(int n, int i) const {
    const int area = in.h * in.w, c = i / area, cell = i - c * area, y = cell / in.w;
    const std::int64_t volume = std::int64_t(in.c) * area;
    planes[n * volume + i] = load_one(in, cell_at(in, n, y, cell - y * in.w) + c);
  }
};

/// Cells that are stored at once, with room for images of three channels.
template <DType T>
constexpr int kImageCell = 16 / bytes_of(T);

template <class Go>
auto spread(const Tensor& out, const Occlusion& in, const Go& go) {
  Tensor images = in.images;
  images.c = images.pitch;  // cells may be read up to their pitch
  const Grid pixels{out.n, out.h * out.w};
  if (in.images.c == 3 && in.images.type == out.type && is_wide(out) &&
      out.c * bytes_of(out.type) == 16 && out.pitch == out.c)
    return with_type(out.type, [&](auto type) {
      return go(OccludedCell<type(), kImageCell<type()>, 3>{out, in}, pixels);
    });
  if (is_wide(out) && is_wide(images)) return go(OccludedPixel<kWide>{out, in}, pixels);
  return go(OccludedPixel<1>{out, in}, pixels);
}

template <class Go>
auto spread(const Tensor& out, const FromPlanes& in, const Go& go) {
  return go(CellFromPlanes{out, in.nchw, in.channels}, Grid{out.n, out.h * out.w});
}

template <class Go>
auto spread(void* planes, const ToPlanes& from, const Go& go) {
  const Tensor& in = from.in;
  return go(ValueToPlanes{static_cast<float*>(planes), in}, Grid{in.n, in.c * in.h * in.w});
}

}  // namespace rfmap::kernels
