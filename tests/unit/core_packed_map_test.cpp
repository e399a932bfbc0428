#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/packed_map.h"

namespace rfmap::core {
namespace {

std::vector<std::int32_t> bits_of(const std::vector<float>& map) {
  std::vector<std::int32_t> bits;
  for (const float value : map) bits.push_back(std::bit_cast<std::int32_t>(value));
  return bits;
}

std::vector<std::int32_t> packed(const std::vector<float>& map) {
  std::vector<std::int32_t> words;
  pack_map(map, words);
  return words;
}

void expect_same_again(const std::vector<float>& map) {
  const std::vector<std::int32_t> words = packed(map);
  EXPECT_LE(words.size(), map.size() + 3);
  std::vector<float> again(map.size(), 7);
  EXPECT_TRUE(unpack_map(words, again));
  EXPECT_EQ(bits_of(again), bits_of(map));
}

TEST(PackedMap, KeepsEveryBit) {
  std::mt19937 random(1);
  for (int length : {1, 2, 3, 10, 1000})
    for (double share : {0., 0.02, 0.3, 0.5, 0.9, 1.})
      for (int round = 0; round < 20; ++round) {
        std::vector<float> map(std::size_t(length), 0.f);
        for (float& value : map)
          if (double(random()) < share * 4294967296.) value = float(random()) - 2e9f;
        expect_same_again(map);
      }
  constexpr float kMost = std::numeric_limits<float>::max();
  expect_same_again({0, -0.f, 0, 0, 0, 0, NAN, 0, INFINITY, 0, 0, 0, 0, -kMost, 0});
}

TEST(PackedMap, HoldsNoZerosOfABox) {
  std::vector<float> map(73 * 73, 0.f);
  for (int y = 10; y < 20; ++y)
    for (int x = 30; x < 45; ++x) map[std::size_t(y * 73 + x)] = 1;
  EXPECT_EQ(packed(map).size(), 1u + 10 * 2 + 10 * 15);
}

TEST(PackedMap, WordsOfAnotherMapAreRefused) {
  const std::vector<float> map{0, 0, 1, 2, 0, 0, 0, 0, 3};
  const std::vector<std::int32_t> words = packed(map);
  std::vector<float> same(map.size()), shorter(map.size() - 1);
  EXPECT_FALSE(unpack_map({}, same));
  EXPECT_FALSE(unpack_map(words, shorter));
  int refused = 0;
  for (std::size_t i = 0; i < 5; ++i)  // number of runs, and both runs
    for (const std::int32_t wrong : {-1, 100, std::numeric_limits<std::int32_t>::max()}) {
      std::vector<std::int32_t> changed = words;
      changed[i] = wrong;
      refused += !unpack_map(changed, same);
    }
  EXPECT_EQ(refused, 15);
  EXPECT_FALSE(unpack_map(std::span(words).first(words.size() - 1), same));
}

}  // namespace
}  // namespace rfmap::core
