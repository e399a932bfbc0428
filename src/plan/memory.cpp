#include "plan/memory.h"

#include <algorithm>
#include <numeric>

namespace rfmap::plan {
namespace {

bool together(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

struct Space {
  std::size_t begin = 0, end = 0;
};

/// Lowest offset where `bytes` fit between `taken`.
std::size_t first_gap(std::vector<Space>& taken, std::size_t bytes) {
  std::sort(taken.begin(), taken.end(),
            [](const Space& a, const Space& b) { return a.begin < b.begin; });
  std::size_t offset = 0;
  for (const Space& extent : taken) {
    if (offset + bytes <= extent.begin) break;
    offset = std::max(offset, extent.end);
  }
  return offset;
}

}  // namespace

std::vector<Lifetime> lifetimes(const Program& program) {
  std::vector<Lifetime> live(program.values.size());
  for (int i = 0; i < int(program.steps.size()); ++i) {
    const Step& step = program.steps[i];
    if (step.output >= 0) live[step.output].touch(i);
    for (int input : step.inputs) live[input].touch(i);
  }
  return live;
}

Packing pack(std::span<const Block> blocks, std::size_t alignment) {
  std::vector<int> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return blocks[a].bytes > blocks[b].bytes; });
  Packing packing{std::vector<std::size_t>(blocks.size(), 0), 0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Block& block = blocks[order[i]];
    std::vector<Space> taken;
    for (std::size_t j = 0; j < i; ++j) {
      const Block& other = blocks[order[j]];
      if (!together(block.live, other.live)) continue;
      const std::size_t begin = packing.offsets[order[j]];
      taken.push_back({begin, begin + (other.bytes + alignment - 1) / alignment * alignment});
    }
    const std::size_t offset = first_gap(taken, block.bytes);
    packing.offsets[order[i]] = offset;
    packing.bytes = std::max(packing.bytes, offset + block.bytes);
  }
  return packing;
}

}  // namespace rfmap::plan
