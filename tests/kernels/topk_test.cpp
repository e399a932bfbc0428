#include "kernels/topk.h"

#include "rfmap/topk.h"

#include "on_host.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

/// Batches of extrema with many ties, zeros and a NaN, images out of order.
class KernelTopK : public testing::TestWithParam<std::tuple<int, bool>> {
 protected:
  static constexpr int kUnits = 5, kBatch = 7, kBatches = 9;

  std::vector<Extremum> draw_batch() {
    std::vector<Extremum> extrema(kBatch * kUnits);
    for (Extremum& e : extrema)
      e = {float(draw_.below(9) - 4) / 2, {draw_.below(13), draw_.below(13)}};
    extrema[draw_.below(int(extrema.size()))].value = std::nanf("");
    return extrema;
  }

  Draw draw_{21};
};

TEST_P(KernelTopK, EqualsTheHostsList) {
  const auto [k, lowest] = GetParam();
  RunningTopK want(kUnits, k, lowest);
  std::vector<DevicePeak> best(std::size_t(kUnits * k), DevicePeak{3, 9, {1, 1}});
  clear_top_k_with(best.data(), kUnits * k, HostLoop{});
  std::vector<int> images(kBatch * kBatches);
  for (int i = 0; i < int(images.size()); ++i) images[i] = i * 11 % int(images.size());
  for (int b = 0; b < kBatches; ++b) {
    const std::vector<Extremum> extrema = draw_batch();
    offer_top_k_with(best.data(),
                     {extrema.data(), images.data() + b * kBatch, kBatch, kUnits, k, lowest},
                     HostLoop{});
    for (int s = 0; s < kBatch; ++s)
      for (int u = 0; u < kUnits; ++u) {
        const Extremum& e = extrema[s * kUnits + u];
        want.offer(u, {images[b * kBatch + s], e.value, e.position});
      }
    for (int u = 0; u < kUnits; ++u) {
      const std::span<const Peak> list = want.of(u);
      for (int i = 0; i < k; ++i) {
        const DevicePeak& got = best[u * k + i];
        ASSERT_EQ(got.image, i < int(list.size()) ? list[i].image : -1);
        if (got.image < 0) continue;
        EXPECT_EQ(got.activation, list[i].activation);
        EXPECT_EQ(got.location, list[i].location);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Lists, KernelTopK,
                         testing::Combine(testing::Values(1, 3, 25), testing::Bool()));

}  // namespace
