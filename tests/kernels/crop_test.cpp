#include "kernels/crop.h"

#include "on_host.h"
#include "reference/windows.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

/// Channels of the originals' maps, of the crop and of the pasted window, and their first channels.
struct Channels {
  int maps, out, first, paste, paste_first, zeros;
};

class KernelCrop : public testing::TestWithParam<std::tuple<DType, Channels>> {
 protected:
  static constexpr Size kWindow{5, 4};  ///< size of the crop
  static constexpr Size kPaste{3, 4};
  static constexpr int kSamples = 40;

  /// Windows from far outside one corner to far outside the other.
  Crop make(const Buffer& maps) {
    for (int n = 0; n < kSamples; ++n) {
      windows_.push_back({draw_.below(9) - 3, draw_.below(9) - 3});
      paste_windows_.push_back({draw_.below(9) - 2, draw_.below(9) - 2});
      parents_.push_back(draw_.below(kSamples));
      occluders_.push_back({{draw_.below(12) - 3, draw_.below(12) - 3}, n % 3 - 1, n % 2});
    }
    Crop crop;
    crop.maps = maps.tensor();
    crop.occluders = occluders_.data();
    crop.windows = windows_.data();
    crop.stride = {2, 1};
    crop.pad = {1, 2};
    return crop;
  }
  Point origin(const Crop& crop, int n) const {
    return {windows_[n].y * crop.stride.h - crop.pad.y, windows_[n].x * crop.stride.w - crop.pad.x};
  }
  /// The reference's crop, followed by the channels of zeros.
  reference::Map want(const Crop& crop, int n, const reference::Map& map, int first,
                      const reference::Pasted& paste) const {
    const Shape shape{crop.channels, kWindow.h, kWindow.w};
    reference::Map out = reference::crop({map, first, paste}, origin(crop, n), shape, crop.border);
    out.shape.c += std::get<1>(GetParam()).zeros;
    out.values.resize(out.shape.volume(), 0);
    return out;
  }

  Draw draw_{5};
  std::vector<Point> windows_, paste_windows_;
  std::vector<int> parents_;
  std::vector<Occluder> occluders_;
};

TEST_P(KernelCrop, PastesWhatHasChanged) {
  const auto& [type, channels] = GetParam();
  Buffer maps(type, 2, {channels.maps, 8, 9}), paste(type, kSamples, {channels.paste, 3, 4});
  maps.draw(draw_);
  paste.draw(draw_);
  Crop crop = make(maps);
  crop.channels = channels.out;
  crop.first_channel = channels.first;
  crop.paste = paste.tensor();
  crop.paste_windows = paste_windows_.data();
  crop.paste_channel = channels.paste_first;
  for (float border : {0.f, kLowest})
    for (const int* parents : {static_cast<const int*>(nullptr), std::as_const(parents_).data()}) {
      crop.border = border;
      crop.parents = parents;
      Buffer out(type, kSamples, {channels.out + channels.zeros, kWindow.h, kWindow.w});
      spread(out.tensor(), crop, HostLoop{});
      for (int n = 0; n < kSamples; ++n) {
        const int sample = parents ? parents[n] : n;
        const reference::Map over = paste.sample(sample);
        EXPECT_TRUE(is_same(out, n,
                            want(crop, n, maps.sample(occluders_[n].image), channels.first,
                                 {&over, paste_windows_[sample], channels.paste_first})));
      }
    }
}

TEST_P(KernelCrop, OneChannelASample) {
  const auto& [type, channels] = GetParam();
  Buffer maps(type, 2, {channels.maps, 8, 9}), paste(type, kSamples, {1, 3, 4});
  maps.draw(draw_);
  paste.draw(draw_);
  Crop crop = make(maps);
  std::vector<int> selected;
  for (int n = 0; n < kSamples; ++n) selected.push_back(draw_.below(channels.maps));
  crop.channels = 1;
  crop.selected = selected.data();
  crop.paste = paste.tensor();
  crop.paste_windows = paste_windows_.data();
  Buffer out(type, kSamples, {1 + channels.zeros, kWindow.h, kWindow.w});
  spread(out.tensor(), crop, HostLoop{});
  for (int n = 0; n < kSamples; ++n) {
    const reference::Map over = paste.sample(n);
    EXPECT_TRUE(is_same(out, n,
                        want(crop, n, maps.sample(occluders_[n].image), selected[n],
                             {&over, paste_windows_[n], 0})));
  }
}

TEST_P(KernelCrop, PatchOverTheImage) {
  const auto& [type, channels] = GetParam();
  const Size patch{3, 5};
  const std::size_t patch_size = std::size_t(channels.maps) * patch.h * patch.w;
  // Images may have room for more channels than they have.
  Buffer maps(type, 2, {channels.maps, 8, 9}, 4);
  maps.draw(draw_);
  const std::vector<float> patches = draw_.values(2 * patch_size);
  Crop crop = make(maps);
  crop.channels = channels.out;
  crop.first_channel = channels.first;
  crop.patches = patches.data();
  crop.patch = patch;
  Buffer out(DType::f32, kSamples, {channels.out + channels.zeros, kWindow.h, kWindow.w});
  spread(out.tensor(), crop, HostLoop{});
  for (int n = 0; n < kSamples; ++n) {
    const Occluder& o = occluders_[n];
    const float* over = o.patch < 0 ? nullptr : patches.data() + o.patch * patch_size;
    const auto occluded = reference::occlude(maps.sample(o.image), over, patch, o.origin);
    EXPECT_TRUE(is_same(out, n, want(crop, n, occluded, channels.first, {})));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Storages, KernelCrop,
    testing::Combine(testing::ValuesIn(kTypes),
                     testing::Values(Channels{8, 8, 0, 8, 0, 0}, Channels{12, 4, 8, 8, 4, 4},
                                     Channels{3, 3, 0, 3, 0, 1}, Channels{3, 3, 0, 3, 0, 5},
                                     Channels{7, 5, 2, 6, 1, 0}, Channels{1, 1, 0, 1, 0, 0},
                                     Channels{8, 4, 2, 8, 4, 0})));

}  // namespace
