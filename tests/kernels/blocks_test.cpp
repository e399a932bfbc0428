#include "kernels/blocks.h"

#include "on_host.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

constexpr int kImages = 2, kSamples = 24;
constexpr Size kPatch{3, 5};

class KernelBlocks : public testing::TestWithParam<std::tuple<DType, Size, int>> {
 protected:
  KernelBlocks() {
    images_.draw(draw_);
    patches_ = draw_.values(2 * std::size_t(kBlockChannels) * kPatch.h * kPatch.w);
    for (float& value : patches_)  // so that blocks hold them as they are
      if (type_ != DType::f32) value = widen(narrow(value, type_), type_);
    for (int n = 0; n < kSamples; ++n) {
      occluders_.push_back({{draw_.below(14) - 4, draw_.below(14) - 4}, n % 3 - 1, n % kImages});
      windows_.push_back({draw_.below(6) - 2, draw_.below(6) - 2});
    }
  }

  ImageBlocks blocks() const {
    ImageBlocks in;
    in.images = images_.tensor();
    in.patch = kPatch;
    in.origin = {-2, -1};
    in.block = std::get<1>(GetParam());
    return in;
  }

  /// Every number of every block against the images that the reference occludes.
  void expect_blocks(const ImageBlocks& in, int samples) {
    const Size block = in.block;
    const int rows = 3, columns = 4, numbers = block.h * block.w * kBlockChannels;
    Buffer out(type_, samples, {numbers + std::get<2>(GetParam()), rows, columns});
    spread(out.tensor(), in, HostLoop{});
    for (int n = 0; n < samples; ++n) {
      const reference::Map image = occluded(in, n);
      const Point window = in.windows ? windows_[n] : Point{};
      const Point first{window.y * in.stride.h + in.origin.y, window.x * in.stride.w + in.origin.x};
      for (int c = 0; c < out.shape().c; ++c)
        for (int y = 0; y < rows; ++y)
          for (int x = 0; x < columns; ++x) {
            const int cell = c / kBlockChannels, row = first.y + y * block.h + cell / block.w,
                      column = first.x + x * block.w + cell % block.w;
            const bool inside = c < numbers && row >= 0 && row < image.shape.h && column >= 0 &&
                                column < image.shape.w;
            ASSERT_EQ(out.get(n, c, y, x), inside ? image.at(c % kBlockChannels, row, column) : 0)
                << n << ": " << c << ", " << y << ", " << x;
          }
    }
  }

  reference::Map occluded(const ImageBlocks& in, int n) {
    if (!in.occluders) return images_.sample(n);
    const Occluder& o = occluders_[n];
    const float* over =
        in.patches && o.patch >= 0 ? patches_.data() + o.patch * patches_.size() / 2 : nullptr;
    return reference::occlude(images_.sample(o.image), over, kPatch, o.origin);
  }

  DType type_ = std::get<0>(GetParam());
  Draw draw_{6};
  Buffer images_{type_, kImages, {kBlockChannels, 9, 11}, std::get<2>(GetParam()) > 0 ? 1 : 0};
  std::vector<float> patches_;
  std::vector<Occluder> occluders_;
  std::vector<Point> windows_;
};

TEST_P(KernelBlocks, OfImagesAsTheyAre) { expect_blocks(blocks(), kImages); }

TEST_P(KernelBlocks, OfOccludedImages) {
  ImageBlocks in = blocks();
  in.occluders = occluders_.data();
  in.patches = patches_.data();
  expect_blocks(in, kSamples);
}

TEST_P(KernelBlocks, OfWindows) {
  ImageBlocks in = blocks();
  in.occluders = occluders_.data();
  in.patches = patches_.data();
  in.windows = windows_.data();
  in.stride = {3, 2};
  expect_blocks(in, kSamples);
}

INSTANTIATE_TEST_SUITE_P(Storages, KernelBlocks,
                         testing::Combine(testing::ValuesIn(kTypes),
                                          testing::Values(Size{2, 2}, Size{4, 4}, Size{3, 2}),
                                          testing::Values(0, 4)));

}  // namespace
