#include "kernels/images.h"

#include "on_host.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

/// Occluders inside, at every corner, extending beyond it, larger than the image, outside, and
/// null.
std::vector<Occluder> occluders_of(const Shape& image, Size patch) {
  std::vector<Occluder> all;
  for (int y : {-patch.h, 1 - patch.h, 0, image.h / 2, image.h - 1, image.h})
    for (int x : {-patch.w, 1 - patch.w, 0, image.w / 2, image.w - 1, image.w})
      all.push_back({{y, x}, int(all.size()) % 3 - 1, int(all.size()) % 2});
  return all;
}

/// Channels of the copies beyond those of the images, and spare room in both.
struct Padding {
  int copies, images_pitch, copies_pitch;
};

void expect_occluded(DType type, const Shape& image, Size patch, const Padding& padding) {
  Draw draw(3);
  const std::vector<Occluder> occluders = occluders_of(image, patch);
  std::vector<float> patches = draw.values(std::size_t(2) * image.c * patch.h * patch.w);
  if (type != DType::f32)  // so that copies hold them as they are
    for (float& value : patches) value = widen(narrow(value, type), type);
  Buffer images(type, 2, image, padding.images_pitch);
  images.draw(draw);
  Buffer copies(type, int(occluders.size()), {image.c + padding.copies, image.h, image.w},
                padding.copies_pitch);
  Occlusion in;
  in.images = images.tensor();
  in.patches = patches.data();
  in.occluders = occluders.data();
  in.patch = patch;
  spread(copies.tensor(), in, HostLoop{});
  for (int n = 0; n < int(occluders.size()); ++n) {
    const Occluder& o = occluders[n];
    const float* over =
        o.patch < 0 ? nullptr : patches.data() + std::size_t(o.patch) * image.c * patch.h * patch.w;
    reference::Map want = reference::occlude(images.sample(o.image), over, patch, o.origin);
    want.shape.c += padding.copies;
    want.values.resize(want.shape.volume(), 0);
    EXPECT_TRUE(is_same(copies, n, want)) << image.h << " x " << image.w;
  }
}

TEST(KernelOcclude, EqualsTheReference) {
  const Padding paddings[] = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {5, 5, 0}, {0, 1, 2}, {1, 1, 4}};
  for (DType type : kTypes)
    for (const Padding& padding : paddings) {
      expect_occluded(type, {3, 9, 7}, {4, 3}, padding);
      expect_occluded(type, {3, 1, 1}, {1, 1}, padding);
      expect_occluded(type, {3, 5, 4}, {6, 7}, padding);
    }
  expect_occluded(DType::f16, {3, 9, 7}, {4, 3}, {5, 0, 0});  // cells of 16 bytes
  expect_occluded(DType::bf16, {3, 9, 7}, {4, 3}, {5, 0, 0});
  expect_occluded(DType::f32, {1, 6, 6}, {3, 3}, {0, 0, 0});
  expect_occluded(DType::f32, {4, 6, 6}, {3, 3}, {0, 0, 0});
}

TEST(KernelPlanes, CellsAndBack) {
  for (DType type : kTypes)
    for (int more : {0, 1, 5}) {
      Draw draw(4);
      const Shape shape{3, 5, 7};
      const std::vector<float> planes = draw.values(2 * shape.volume());
      Buffer cells(type, 2, {shape.c + more, shape.h, shape.w}, more);
      spread(cells.tensor(), FromPlanes{planes.data(), shape.c}, HostLoop{});
      std::vector<float> back(2 * cells.shape().volume());
      spread(back.data(), ToPlanes{cells.tensor()}, HostLoop{});
      EXPECT_TRUE(cells.padding_untouched());
      const Tolerance allowed = tolerance(type, 0);
      for (int n = 0; n < 2; ++n) {
        std::vector<float> want(planes.begin() + std::ptrdiff_t(n * shape.volume()),
                                planes.begin() + std::ptrdiff_t((n + 1) * shape.volume()));
        want.resize(cells.shape().volume(), 0);
        const std::span<const float> got(back.data() + n * want.size(), want.size());
        EXPECT_TRUE(all_near(got, want, allowed.abs, allowed.rel)) << name_of(type);
        EXPECT_TRUE(all_near(got, cells.sample(n).values, 0, 0));
      }
    }
}

}  // namespace
