#include "kernels/gather.h"

#include "on_host.h"
#include "reference/windows.h"
#include "taps.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

constexpr Shape kMaps{12, 8, 9};
constexpr Size kOut{14, 11};   // the operation's map
constexpr Size kWindow{5, 4};  // windows of it
constexpr int kSamples = 40;

/// How channels move: by position in steps of `moves`, from channel to channel in steps of `step`.
struct Moves {
  int channels, step, moves, first;
  bool fours;
};

graph::GatherAxis random_axis(Draw& draw, int in, int positions, int moves) {
  graph::GatherAxis axis;
  axis.taps = axis_taps(drawn_taps(draw, in, positions, 3));
  std::vector<int> channels;
  for (int u = 0; u < positions; ++u) channels.push_back(draw.below(2) * moves);
  if (moves > 0) axis.channels = std::make_shared<const std::vector<int>>(channels);
  return axis;
}

graph::Gather random_gather(Draw& draw, const Moves& moves) {
  return {random_axis(draw, kMaps.h, kOut.h, moves.moves),
          random_axis(draw, kMaps.w, kOut.w, moves.moves), moves.first, moves.step};
}

kernels::GatherAxis on_host(const graph::GatherAxis& axis) {
  return {{axis.taps.index->data(), axis.taps.weight->data(), axis.taps.width},
          axis.channels ? axis.channels->data() : nullptr};
}

class KernelGather : public testing::TestWithParam<std::tuple<DType, Moves>> {
 protected:
  Gathering make(const Buffer& maps) {
    for (int n = 0; n < kSamples; ++n) {
      windows_.push_back(
          {draw_.below(kOut.h - kWindow.h + 1), draw_.below(kOut.w - kWindow.w + 1)});
      paste_windows_.push_back({draw_.below(6), draw_.below(6)});
      parents_.push_back(draw_.below(kSamples));
      occluders_.push_back({{draw_.below(12) - 3, draw_.below(12) - 3}, n % 3 - 1, n % 2});
    }
    const Moves& moves = std::get<1>(GetParam());
    gather_ = random_gather(draw_, moves);
    Gathering work;
    work.maps = maps.tensor();
    work.occluders = occluders_.data();
    work.windows = windows_.data();
    work.y = on_host(gather_.y);
    work.x = on_host(gather_.x);
    work.channel = gather_.first_channel;
    work.channel_step = gather_.channel_step;
    work.moves_fours = moves.fours;
    return work;
  }
  void expect(const Gathering& work, int channels,
              const std::function<reference::Map(int)>& wanted) {
    const DType type = std::get<0>(GetParam());
    for (int more : {0, 3}) {
      Buffer out(type, kSamples, {channels, kWindow.h, kWindow.w}, more);
      spread(out.tensor(), work, HostLoop{});
      for (int n = 0; n < kSamples; ++n) EXPECT_TRUE(is_near(out, n, wanted(n), 1e-5f));
    }
  }
  reference::Map want(int n, const reference::Changed& map, int channels) const {
    return reference::gathered(gather_, map, windows_[n], {channels, kWindow.h, kWindow.w});
  }

  Draw draw_{9};
  graph::Gather gather_;
  std::vector<Point> windows_, paste_windows_;
  std::vector<int> parents_;
  std::vector<Occluder> occluders_;
};

TEST_P(KernelGather, ReadsWhatHasChanged) {
  const auto& [type, moves] = GetParam();
  Buffer maps(type, 2, kMaps), paste(type, kSamples, {kMaps.c, 3, 4});
  maps.draw(draw_);
  paste.draw(draw_);
  Gathering work = make(maps);
  work.paste = paste.tensor();
  work.paste_windows = paste_windows_.data();
  for (const int* parents : {static_cast<const int*>(nullptr), std::as_const(parents_).data()}) {
    work.parents = parents;
    expect(work, moves.channels, [&, channels = moves.channels](int n) {
      const int sample = parents ? parents[n] : n;
      const reference::Map map = maps.sample(occluders_[n].image), over = paste.sample(sample);
      return want(n, {map, 0, {&over, paste_windows_[sample], 0}}, channels);
    });
  }
}

/// The maps hold channels before those of the operation.
TEST_P(KernelGather, CountsChannelsFromTheFirst) {
  const auto& [type, moves] = GetParam();
  for (int first : {4, 1}) {
    Buffer maps(type, 2, {kMaps.c + first, kMaps.h, kMaps.w});
    Buffer paste(type, kSamples, {kMaps.c + 8, 3, 4});
    maps.draw(draw_);
    paste.draw(draw_);
    Gathering work = make(maps);
    work.first_channel = first;
    work.paste = paste.tensor();
    work.paste_windows = paste_windows_.data();
    work.paste_channel = 8;
    expect(work, moves.channels, [&, channels = moves.channels](int n) {
      const reference::Map map = maps.sample(occluders_[n].image), over = paste.sample(n);
      return want(n, {map, first, {&over, paste_windows_[n], 8}}, channels);
    });
  }
}

TEST_P(KernelGather, OneChannelASample) {
  const auto& [type, moves] = GetParam();
  if (moves.moves > 0 || moves.first > 0) return;  // each channel reads its own
  Buffer maps(type, 2, kMaps), paste(type, kSamples, {1, 3, 4});
  maps.draw(draw_);
  paste.draw(draw_);
  Gathering work = make(maps);
  std::vector<int> selected;
  for (int n = 0; n < kSamples; ++n) selected.push_back(draw_.below(kMaps.c));
  work.selected = selected.data();
  work.paste = paste.tensor();
  work.paste_windows = paste_windows_.data();
  expect(work, 1, [&](int n) {
    const reference::Map map = maps.sample(occluders_[n].image), over = paste.sample(n);
    return want(n, {map, selected[n], {&over, paste_windows_[n], 0}}, 1);
  });
}

TEST_P(KernelGather, PatchOverTheImage) {
  const auto& [type, moves] = GetParam();
  const Size patch{3, 5};
  const std::size_t patch_size = std::size_t(kMaps.c) * patch.h * patch.w;
  Buffer maps(type, 2, kMaps, 4);
  maps.draw(draw_);
  const std::vector<float> patches = draw_.values(2 * patch_size);
  Gathering work = make(maps);
  work.patches = patches.data();
  work.patch = patch;
  expect(work, moves.channels, [&, channels = moves.channels](int n) {
    const Occluder& o = occluders_[n];
    const float* over = o.patch < 0 ? nullptr : patches.data() + o.patch * patch_size;
    const reference::Map image = reference::occlude(maps.sample(o.image), over, patch, o.origin);
    return want(n, {image}, channels);
  });
}

/// Every channel its own; depth to space in fours and by channel; channels backwards.
INSTANTIATE_TEST_SUITE_P(
    Storages, KernelGather,
    testing::Combine(testing::ValuesIn(kTypes),
                     testing::Values(Moves{12, 1, 0, 0, true}, Moves{4, 1, 4, 0, true},
                                     Moves{3, 4, 1, 0, false}, Moves{5, -1, 2, 4, false})));

}  // namespace
