#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "results/parts.h"
#include "run/folder.h"
#include "run/jobs.h"
#include "run/programs.h"

namespace rfmap::run {

/// What the scan of the whole set finds.
struct ScanResult {
  std::vector<LayerPeaks> peaks;  ///< [layer]
  Spooled<Size> sizes;            ///< [image] original size, 0 x 0 where skipped
  Spooled<std::uint8_t> status;   ///< [image] as ImageStatus
  std::string first_problem;      ///< of the first image that was skipped; empty if none
};

/// Runs every image through the network once and keeps each unit's top (and bottom) K, block by
/// block: blocks that the folder holds are read from there. A shard runs its part of the blocks and
/// waits for those of the others; ranks share them, and rank 0 alone gets sizes and status. Writes
/// the first input as the network sees it to `first_input_png`. The devices of `programs` share the
/// blocks. Says how fast it was and what
/// bounds it. Throws DataError when no image can be read, Interrupted.
ScanResult scan(const Run& run, std::span<Programs> programs, RunFolder& folder,
                const std::string& first_input_png);

/// The scan of a folder that holds all blocks. Throws DataError: a block is missing or damaged, no
/// image could be read. `look` sees each block.
ScanResult read_scan(const Run& run, const RunFolder& folder,
                     const std::function<void(const results::ScanPart&)>& look = {});

}  // namespace rfmap::run
