#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/topk.h"

namespace rfmap {
namespace {

std::vector<int> images_of(const RunningTopK& top, int unit) {
  std::vector<int> images;
  for (const Peak& peak : top.of(unit)) images.push_back(peak.image);
  return images;
}

/// Expected images, by a stable sort of all: ties stay in the order of their index.
std::vector<int> sorted_images(std::vector<Peak> peaks, int k, bool lowest) {
  std::erase_if(peaks, [](const Peak& p) { return p.activation == 0; });
  std::stable_sort(peaks.begin(), peaks.end(), [lowest](const Peak& a, const Peak& b) {
    return lowest ? a.activation < b.activation : a.activation > b.activation;
  });
  std::vector<int> images;
  for (const Peak& p : peaks)
    if (int(images.size()) < k) images.push_back(p.image);
  return images;
}

TEST(RunningTopK, AgreesWithSortingAllInWhateverOrderTheyCome) {
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    const bool lowest = i % 2 == 1;
    const int k = 1 + int(random() % 8);
    std::vector<Peak> peaks;  // few values, so that there are ties and zeros
    for (int image = 0; image < 30; ++image)
      peaks.push_back({image, float(int(random() % 7) - 2), {image, 2 * image}});
    const std::vector<int> expected = sorted_images(peaks, k, lowest);
    std::shuffle(peaks.begin(), peaks.end(), random);
    RunningTopK top(2, k, lowest ? Ranking::bottom : Ranking::top);
    for (const Peak& peak : peaks) top.offer(1, peak);
    ASSERT_EQ(images_of(top, 1), expected) << "case " << i;
    EXPECT_TRUE(top.of(0).empty());
    for (const Peak& peak : top.of(1))
      EXPECT_EQ(peak.location, (Point{peak.image, 2 * peak.image}));
  }
}

/// As shards do it: each part keeps its own best, and the best of these are those of all.
TEST(RunningTopK, BestOfPartsAreTheBestOfAllWithTheirTies) {
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) {
    const Ranking ranking = i % 2 == 1 ? Ranking::bottom : Ranking::top;
    const int k = 1 + int(random() % 8), count = 1 + int(random() % 5);
    RunningTopK whole(1, k, ranking), merged(1, k, ranking);
    std::vector<RunningTopK> parts(count, RunningTopK(1, k, ranking));
    for (int image = 0; image < 40; ++image) {
      const Peak peak{image, float(int(random() % 5) - 2), {image, 1}, 1 + int(random() % 3)};
      whole.offer(0, peak);
      parts[random() % count].offer(0, peak);
    }
    std::shuffle(parts.begin(), parts.end(), random);
    for (const RunningTopK& part : parts)
      for (const Peak& peak : part.of(0)) merged.offer(0, peak);
    ASSERT_EQ(images_of(merged, 0), images_of(whole, 0)) << "case " << i;
    for (std::size_t r = 0; r < whole.of(0).size(); ++r) {
      EXPECT_EQ(merged.of(0)[r].activation, whole.of(0)[r].activation);
      EXPECT_EQ(merged.of(0)[r].ties, whole.of(0)[r].ties);
      EXPECT_EQ(merged.of(0)[r].location, whole.of(0)[r].location);
    }
  }
}

TEST(RunningTopK, ZeroAndNanAreNotTaken) {
  RunningTopK top(1, 3, Ranking::top);
  top.offer(0, {0, 0.f, {}});
  top.offer(0, {1, std::numeric_limits<float>::quiet_NaN(), {}});
  top.offer(0, {2, -1.f, {}});
  EXPECT_EQ(images_of(top, 0), std::vector<int>{2});
}

}  // namespace
}  // namespace rfmap
