#include <array>
#include <map>
#include <memory>
#include <utility>

#include "core/philox.h"
#include "run/hash_name.h"
#include "run/run.h"

namespace rfmap::run {
namespace {

/// Words of a counter that no other use of the seed shares.
constexpr std::uint32_t kShuffle = 0x73687566u;

/// A whole number below `bound`, with a bias below bound / 2^64.
std::size_t below(std::size_t bound, std::size_t index, std::uint64_t stream, std::uint64_t seed) {
  const auto words = core::philox_block(
      {std::uint32_t(index), std::uint32_t(stream), std::uint32_t(stream >> 32), kShuffle},
      {std::uint32_t(seed), std::uint32_t(seed >> 32)});
  const std::uint64_t random = std::uint64_t(words[1]) << 32 | words[0];
  return std::size_t((unsigned __int128)(random)*bound >> 64);
}

/// Fisher and Yates' shuffle.
Floats shuffled(const std::vector<float>& weights, std::uint64_t stream, std::uint64_t seed) {
  std::vector<float> values = weights;
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[below(i, i, stream, seed)]);
  return std::make_shared<const std::vector<float>>(std::move(values));
}

Floats* weights_of(NodeOperation& op) {
  if (auto* conv = std::get_if<Conv>(&op)) return &conv->weights;
  if (auto* dense = std::get_if<FullyConnected>(&op)) return &dense->weights;
  return nullptr;
}

}  // namespace

void shuffle_weights(Graph& graph, std::uint64_t seed) {
  std::map<Floats, Floats> done;
  for (Node& node : graph.nodes) {
    Floats* weights = weights_of(node.op);
    if (!weights || !*weights) continue;
    Floats& shuffle = done[*weights];
    if (!shuffle) shuffle = shuffled(**weights, hash_name(node.name), seed);
    *weights = shuffle;
  }
}

}  // namespace rfmap::run
