#include "run/blocks.h"

#include <algorithm>

namespace rfmap::run {
namespace {

constexpr const char* kBlockChoice = "images-per-block";

}  // namespace

int images_per_block(int total) {
  constexpr int kLeast = 512, kMost = 1 << 16, kParts = 2048;
  return std::clamp(total / kParts, kLeast, kMost);
}

int block_size(int images, const RunFolder& folder) {
  const int recorded = folder.recorded_choice(kBlockChoice);
  return recorded > 0 ? recorded : images_per_block(images);
}

int settle_block_size(int images, int batch, int ranks, RunFolder& folder) {
  constexpr int kLeast = 64, kBlocksPerRank = 16;
  const int fair = std::max(kLeast, images / (ranks * kBlocksPerRank));
  const int whole = (fair + batch - 1) / batch * batch;
  const bool open = !folder.has_scan() && folder.recorded_choice(kBlockChoice) == 0;
  if (ranks > 1 && open && whole < images_per_block(images))
    folder.record_choice(kBlockChoice, whole);
  return block_size(images, folder);
}

std::vector<Block> blocks_of(int images, int size) {
  std::vector<Block> blocks;
  for (int first = 0; first < images; first += size)
    blocks.push_back({int(blocks.size()), first, std::min(size, images - first)});
  return blocks;
}

Costs block_sizes(const std::vector<Block>& blocks) {
  Costs sizes;
  for (const Block& block : blocks) sizes.push_back(block.count);
  return sizes;
}

int images_of(const std::vector<Block>& blocks) {
  int images = 0;
  for (const Block& block : blocks) images += block.count;
  return images;
}

}  // namespace rfmap::run
