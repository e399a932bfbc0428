#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rfmap/aggregate.h"
#include "rfmap/attribute.h"
#include "rfmap/field.h"
#include "rfmap/images.h"
#include "rfmap/spooled.h"
#include "rfmap/topk.h"

/// The results file, format rfmap-2 (docs/results.md).
namespace rfmap {

/// The part of a results file that exists once.
struct RunRecord {
  Attributes attributes;  ///< root attributes; the writer adds `format` and `finished`
  Size occluder;
  int patch_channels = 0;
  std::vector<std::uint8_t> patches;  ///< [position, channel, y, x]; empty unless noise fill
  ImageList images;
  Spooled<std::int32_t> image_clusters;  ///< kNone: the image alone
  Spooled<Size> image_sizes;             ///< 0 x 0 where skipped
  Spooled<std::uint8_t> image_status;    ///< as ImageStatus
  std::vector<std::string> layers;       ///< names in graph order (attribute `order`)
  Grid grid;
  bool with_gradient = false;  ///< every unit has a gradient field
  bool keep_maps = false;      ///< and its change maps
};

/// The part of a results file that exists once per layer.
struct LayerRecord {
  std::string name, kind;
  std::string node_name;  ///< in the network's file, where it differs from a path as name
  int channels = 0;
  Size map;
  Field field;
  Canvas canvas;
  std::vector<int> units;  ///< channels measured
  int top_k = 0, bottom_k = 0;
  int k(Ranking ranking) const { return ranking == Ranking::top ? top_k : bottom_k; }
  float size_flat = 0;
};

/// The gradient results of a unit, from the same images (--with-gradient); NaN if there are none.
struct GradientField {
  std::vector<float> mean;  ///< [height, width] mean absolute gradient, recentred; NaN where fewer
                            ///< than half of the images reach
  float size = 0;           ///< by the chosen rule
  float size_occluder = 0;  ///< the same after a box filter of the occluder's size
  float correlation = 0, overlap = 0;  ///< compared with the empirical field
};

/// One measured unit. `change` is [rank, grid_y, grid_x], only with kept maps.
struct UnitRecord {
  std::vector<Peak> peaks;
  UnitField field;
  std::vector<float> change;
  float noise_floor = 0;
  std::array<float, 2> rf_size{};  ///< theoretical size of the unit's own branch, y and x, px
  std::optional<GradientField> gradient;
};

/// Writes PATH.part; finish() completes attributes, syncs and renames to PATH. If it is destroyed
/// before that, the unfinished file is removed. Units of a layer come in order of their index.
/// Throws EngineError (cannot write: disk full), ConfigError (cannot create).
class ResultsWriter {
 public:
  ResultsWriter(const std::string& path, const RunRecord& run);
  ~ResultsWriter();
  ResultsWriter(const ResultsWriter&) = delete;
  void begin_layer(const LayerRecord& layer);
  /// `index` counts within LayerRecord::units.
  void write_unit(int index, const UnitRecord& unit, Ranking ranking);
  /// Means and deviations over the units (NaN left out) become the layer's attributes.
  void end_layer();
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a results file piece by piece; memory does not grow with its units. Throws ConfigError (no
/// such file), DataError (not rfmap-2 or rfmap-1, damaged). Not for use by several threads at once.
class ResultsReader {
 public:
  explicit ResultsReader(const std::string& path);
  ~ResultsReader();
  ResultsReader(ResultsReader&&) noexcept;
  /// All but the patches; `attributes` are all attributes of the root, including format and
  /// finished.
  const RunRecord& run() const;
  /// In graph order.
  const std::vector<LayerRecord>& layers() const;
  /// Name of the layer's group below /layers.
  const std::string& group(int layer) const;
  bool keeps_maps() const;
  std::vector<std::uint8_t> patches() const;
  /// `index` counts within LayerRecord::units. Ranks without an image are left out.
  UnitRecord unit(int layer, int index, Ranking ranking) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Share of the cut's contour from which on a unit or layer is marked as truncated.
inline constexpr double kTruncatedMark = 0.1;

/// Mean and standard deviation over the units of a layer.
struct OverUnits {
  double mean = std::numeric_limits<double>::quiet_NaN(), deviation = mean;
};

/// One line of `rfmap summary`, a layer.
struct SummaryRow {
  std::string layer, kind;
  std::string node;  ///< name of the layer's node in the network's file
  int units = 0, measured = 0;
  int resolved = 0;                 ///< units above the occluder's resolution; 0 in rfmap-1
  int with_interval = 0;            ///< units whose size has a 95 % interval
  std::array<double, 2> rf_size{};  ///< theoretical, of the local paths, y and x
  /// Side of the units' own theoretical fields: mean, least, most (they differ in concatenations;
  /// the layer's in rfmap-1).
  std::array<double, 3> own_theory{};
  double size_flat = 0;
  /// Of the datasets of numbers per unit whose mean a layer keeps, by name: "size", ...
  std::map<std::string, OverUnits> over_units;

  /// NaN where the file has none.
  OverUnits of(const std::string& dataset) const;
  bool has_gradient() const { return over_units.contains("gradient_size"); }
  bool is_truncated() const { return of("truncated").mean > kTruncatedMark; }
};
/// Reads the per-layer figures. Throws ConfigError (no such file), DataError (not rfmap-1,
/// damaged).
std::vector<SummaryRow> summarize(const std::string& path);

/// Problems found, one sentence each; empty if the file is complete and valid: schema, checksums
/// (every chunk is read), completeness, cross references.
std::vector<std::string> check_results(const std::string& path);

}  // namespace rfmap
