#pragma once

#include <vector>

#include "run/folder.h"
#include "run/work_list.h"

/// Blocks of the scan: images that follow each other, and are committed together.
namespace rfmap::run {

/// A block's place in the set.
struct Block {
  int index = 0, first = 0, count = 0;
};

/// Images of a block of a set of so many: more for sets of millions, so that a folder never holds
/// more than some thousands of parts.
int images_per_block(int total);

/// Of the folder's run: what it recorded, else images_per_block().
int block_size(int images, const RunFolder& folder);
/// Ranks that share a scan get smaller blocks, in whole batches, so that all have work until the
/// end. Recorded in the folder before its first block. The size that counts.
int settle_block_size(int images, int batch, int ranks, RunFolder& folder);

std::vector<Block> blocks_of(int images, int size);

/// Images of each block.
Costs block_sizes(const std::vector<Block>& blocks);
int images_of(const std::vector<Block>& blocks);

}  // namespace rfmap::run
