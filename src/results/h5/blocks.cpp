#include "results/h5/blocks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

namespace rfmap::h5 {
namespace {

constexpr std::size_t kDeflate = 1032;  // the most that deflate compresses
constexpr std::size_t kChecksum = 4;    // bytes of Fletcher-32 behind a block

std::size_t product(std::size_t a, std::size_t b) {
  std::size_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<std::size_t>::max() : result;
}

std::size_t element_size(const Dataset& dataset) {
  const Datatype type(checked(H5Dget_type(dataset.get()), "get the type"));
  return H5Tget_size(type.get());
}

Properties properties_of(const Dataset& dataset) {
  return Properties(checked(H5Dget_create_plist(dataset.get()), "get properties"));
}

/// Filters in the order in which they were applied.
bool has_own_filters(const Properties& creation) {
  constexpr std::array<H5Z_filter_t, 3> own{H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE,
                                            H5Z_FILTER_FLETCHER32};
  if (H5Pget_nfilters(creation.get()) != int(own.size())) return false;
  for (unsigned i = 0; i < own.size(); ++i) {
    unsigned flags = 0;
    std::size_t values = 0;
    if (H5Pget_filter2(creation.get(), i, &flags, &values, nullptr, 0, nullptr, nullptr) != own[i])
      return false;
  }
  return true;
}

std::size_t blocks_of(const Extent& extent, const Extent& chunk) {
  std::size_t blocks = 1;
  for (std::size_t i = 0; i < extent.size(); ++i)
    blocks = product(blocks, extent[i] / chunk[i] + (extent[i] % chunk[i] != 0));
  return blocks;
}

std::size_t blocks_there(const Dataset& dataset) {
  const Space space(checked(H5Dget_space(dataset.get()), "get the extent"));
  hsize_t blocks = 0;
  checked(H5Dget_num_chunks(dataset.get(), space.get(), &blocks), "count the blocks");
  return std::size_t(blocks);
}

std::string chunk_fault(const Dataset& dataset, const Extent& extent) {
  const Extent chunk = chunk_of(dataset);
  for (std::size_t i = 0; i < extent.size(); ++i)
    if (chunk[i] < 1 || chunk[i] > std::max<hsize_t>(extent[i], 1))
      return fmt::format("its blocks of [{}] do not fit its extent [{}]", fmt::join(chunk, ", "),
                         fmt::join(extent, ", "));
  return "";
}

struct EndInflate {
  z_stream& stream;
  ~EndInflate() { inflateEnd(&stream); }
};

/// Whether zlib data expand to exactly `wanted` bytes; never holds more than a few of them.
bool expands_to(std::span<char> packed, std::size_t wanted) {
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = uInt(packed.size());
  if (inflateInit(&stream) != Z_OK) return false;
  const EndInflate end{stream};
  std::array<Bytef, 1 << 14> out{};
  for (int code = Z_OK; code == Z_OK;) {
    stream.next_out = out.data();
    stream.avail_out = uInt(out.size());
    code = inflate(&stream, Z_NO_FLUSH);
    if (stream.total_out > wanted) return false;
    if (code == Z_STREAM_END) return stream.total_out == wanted;
  }
  return false;
}

}  // namespace

std::size_t file_size(hid_t object) {
  const hid_t file = checked(H5Iget_file_id(object), "find the file of an object");
  hsize_t bytes = 0;
  const herr_t code = H5Fget_filesize(file, &bytes);
  H5Fclose(file);
  checked(code, "get the file's size");
  return std::size_t(bytes);
}

std::size_t most_at_once(std::size_t file_bytes) {
  constexpr std::size_t kAlways = std::size_t(64) << 20, kRatio = 64;
  return kAlways + product(kRatio, file_bytes);
}

std::string storage_fault(const Dataset& dataset) {
  const Properties creation = properties_of(dataset);
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED || !has_own_filters(creation))
    return "it is not stored in blocks with shuffle, deflate and checksums";
  const Extent extent = extent_of(dataset);
  if (extent.empty()) return "it is a single value";
  if (std::string fault = chunk_fault(dataset, extent); !fault.empty()) return fault;
  const std::size_t element = element_size(dataset);
  const std::size_t block = product(volume(chunk_of(dataset)), element);
  const std::size_t bytes = product(volume(extent), element);
  const std::size_t stored = H5Dget_storage_size(dataset.get()), file = file_size(dataset.get());
  if (stored > file) return fmt::format("its blocks take {} bytes of a file of {}", stored, file);
  if (block > most_at_once(file))
    return fmt::format("its blocks have {} bytes in a file of {}", block, file);
  if (bytes / kDeflate > stored)
    return fmt::format("it declares {} bytes, and {} are stored", bytes, stored);
  const std::size_t wanted = blocks_of(extent, chunk_of(dataset)), there = blocks_there(dataset);
  if (wanted != there) return fmt::format("{} of its {} blocks are there", there, wanted);
  return "";
}

void require_stored(const Dataset& dataset) {
  const std::string fault = storage_fault(dataset);
  if (!fault.empty()) throw Failure("read " + path_of(dataset.get()), fault);
}

std::string block_fault(const Dataset& dataset, const Extent& start) {
  const std::size_t size = product(volume(chunk_of(dataset)), element_size(dataset));
  hsize_t stored = 0;
  if (H5Dget_chunk_storage_size(dataset.get(), start.data(), &stored) < 0 || stored == 0)
    return "is missing";
  if (stored < kChecksum || stored > size + size / 512 + 64)
    return fmt::format("is damaged ({} bytes for {})", stored, size);
  std::vector<char> bytes(stored);
  std::uint32_t skipped_filters = 0;
  checked(H5Dread_chunk(dataset.get(), H5P_DEFAULT, start.data(), &skipped_filters, bytes.data()),
          "read a stored block");
  if (skipped_filters != 0) return "is damaged (its filters are switched off)";
  if (!expands_to(std::span(bytes).first(stored - kChecksum), size))
    return fmt::format("is damaged (it does not expand to {} bytes)", size);
  return "";
}

void require_blocks(const Dataset& dataset, const Slab& slab) {
  if (volume(slab.count) == 0) return;
  const Extent chunk = chunk_of(dataset);
  Extent first = slab.start;
  for (std::size_t i = 0; i < first.size(); ++i) first[i] -= first[i] % chunk[i];
  Extent at = first;
  while (true) {
    const std::string fault = block_fault(dataset, at);
    if (!fault.empty())
      throw Failure("read " + path_of(dataset.get()),
                    fmt::format("the block at [{}] {}", fmt::join(at, ", "), fault));
    std::size_t axis = at.size();
    while (axis > 0) {
      at[axis - 1] += chunk[axis - 1];
      if (at[axis - 1] < slab.start[axis - 1] + slab.count[axis - 1]) break;
      at[axis - 1] = first[axis - 1];
      --axis;
    }
    if (axis == 0) return;
  }
}

}  // namespace rfmap::h5
