#pragma once

#include <cstddef>
#include <string>

#include "results/h5/dataset.h"

/// What a file declares against what it stores, before memory is allocated for it.
namespace rfmap::h5 {

/// Bytes of the file that holds an object.
std::size_t file_size(hid_t object);

/// The most bytes that are read at once from a file of this size: generous for real files, whose
/// tables compress tenfold, and small for a few kilobytes that declare gigabytes.
std::size_t most_at_once(std::size_t file_bytes);

/// What a dataset's storage lacks to be read safely; empty where nothing. Its layout is chunked,
/// its filters are shuffle, deflate and Fletcher-32, no block is larger than the dataset, all
/// blocks are there, the file is large enough for them, and they can expand to the declared extent
/// (deflate compresses at most 1032 times).
std::string storage_fault(const Dataset& dataset);
/// Throws Failure with that sentence.
void require_stored(const Dataset& dataset);

/// What is wrong with the stored block that begins at `start`, so that HDF5 may not be asked for
/// it; empty where nothing: it is there, its filters are on, and it expands to exactly its size.
/// HDF5 1.10 expands without limit, and reads beyond blocks that are short.
std::string block_fault(const Dataset& dataset, const Extent& start);
/// The same for all blocks that a slab touches. Throws Failure.
void require_blocks(const Dataset& dataset, const Slab& slab);

}  // namespace rfmap::h5
