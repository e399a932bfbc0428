#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rfmap/geometry.h"
#include "rfmap/topk.h"

/// Intermediate results of a run, one HDF5 file per part: written under PATH.part, synced and
/// renamed by commit(), so a part with its final name is complete. The fingerprint identifies the
/// run it belongs to.
namespace rfmap::results {

/// Of parts with change maps or gradients, which hold them packed, and of those of the scan.
inline constexpr const char* kMapPartFormat = "rfmap-part-2";
inline constexpr const char* kScanPartFormat = "rfmap-part-1";

/// A block of change maps, held in memory until commit() writes it: only then HDF5 is used, so that
/// another thread may commit. Throws ConfigError (cannot create), EngineError (cannot write).
/// Datasets: pair [pair] int64, null_spread [pair] float32, words [pair] int32, checksum [pair]
/// int64 (CRC-32 of the words), packed [word] int32: the maps one behind the other
/// (core/packed_map.h), not compressed.
class PartWriter {
 public:
  PartWriter(const std::string& path, const std::string& fingerprint, int part, int positions);
  ~PartWriter();
  PartWriter(PartWriter&&) noexcept;
  /// `change` has one value per grid position (original - occluded); `null_spread` is the largest
  /// difference between null occluders of the pair.
  void add(std::int64_t pair_id, std::span<const float> change, float null_spread);
  /// That add() holds.
  std::size_t bytes() const;
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads single pairs from many parts; at most `max_open` files are open at a time. Throws
/// DataError naming the file for a part that is missing, damaged, from another run or that repeats
/// a pair.
class PartsReader {
 public:
  PartsReader(const std::vector<std::string>& paths, const std::string& fingerprint,
              int max_open = 32);
  ~PartsReader();
  PartsReader(PartsReader&&) noexcept;
  bool contains(std::int64_t pair_id) const;
  std::size_t pairs() const;
  /// Fills `change` and returns the pair's null spread.
  float read(std::int64_t pair_id, std::span<float> change);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Best peaks of all units (counted over all layers), [unit, k] row-major, image -1 if there are
/// fewer than k.
struct PeakTable {
  int units = 0, k = 0;
  std::vector<Peak> peaks;
};

/// Results of the scan of images first_image, first_image + 1, ...
struct ScanPart {
  int part = 0;
  int first_image = 0;
  std::vector<Size> sizes;           ///< original size, 0 x 0 where skipped
  std::vector<std::uint8_t> status;  ///< as ImageStatus
  std::vector<std::string> skipped;  ///< one sentence per skipped image
  PeakTable top, bottom;             ///< bottom.k 0: none
};

/// Throws ConfigError (cannot create), EngineError (cannot write).
void write_scan_part(const std::string& path, const std::string& fingerprint, const ScanPart& part);
/// Throws DataError naming the file: missing, damaged, from another run.
ScanPart read_scan_part(const std::string& path, const std::string& fingerprint);

}  // namespace rfmap::results
