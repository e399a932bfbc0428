#pragma once

#include <cstdint>
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
#include "rfmap/topk.h"

/// The results file, format rfmap-2 (docs/results.md).
namespace rfmap {

/// The part of a results file that exists once.
struct RunRecord {
  Attributes attributes;  ///< root attributes; the writer adds `format` and `finished`
  Size occluder;
  int patch_channels = 0;
  std::vector<std::uint8_t> patches;  ///< [position, channel, y, x]; empty unless noise fill
  std::vector<ImageRef> images;
  std::vector<std::int32_t> image_clusters;  ///< -1: the image alone
  std::vector<Size> image_sizes;             ///< 0 x 0 where skipped
  std::vector<std::uint8_t> image_status;    ///< 0 read, 1 skipped
  std::vector<std::string> layers;           ///< names in graph order (attribute `order`)
  Grid grid;
  bool with_gradient = false;  ///< every unit has a gradient field
};

/// The part of a results file that exists once per layer.
struct LayerRecord {
  std::string name, kind;
  int channels = 0;
  Size map;
  Field field;
  Canvas canvas;
  std::vector<int> units;  ///< channels measured
  int top_k = 0, bottom_k = 0;
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
  ResultsWriter(const std::string& path, const RunRecord& run, bool keep_maps);
  ~ResultsWriter();
  ResultsWriter(const ResultsWriter&) = delete;
  void begin_layer(const LayerRecord& layer);
  /// `index` counts within LayerRecord::units; `bottom` writes to bottom/.
  void write_unit(int index, const UnitRecord& unit, bool bottom);
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
  UnitRecord unit(int layer, int index, bool bottom) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Value of an attribute, or null where there is none of that name.
const Attribute* find_attribute(const Attributes& attributes, const std::string& name);

/// One line of `rfmap summary`, a layer.
struct SummaryRow {
  std::string layer, kind;
  int units = 0, measured = 0;
  std::array<double, 2> rf_size{};  ///< theoretical, of the local paths, y and x
  /// Side of the units' own theoretical fields: mean, least, most (they differ in concatenations;
  /// the layer's in rfmap-1).
  std::array<double, 3> own_theory{};
  double size_flat = 0;
  double size_mean = 0, size_std = 0;
  // NaN in files of format rfmap-1:
  double equivalent_mean = 0, equivalent_std = 0;  ///< of the units above the resolution
  int resolved = 0;                                ///< how many those are
  int with_interval = 0;                           ///< units whose size has a 95 % interval
  double own_mean = 0;      ///< of the units' median own sizes of their images
  double jitter_mean = 0;   ///< of the images' centroids
  double thinned_mean = 0;  ///< of the sizes from every second grid position
  double reliability_mean = 0, inhibition_mean = 0, drop_share_mean = 0;
  double cut10_mean = 0, cut10_std = 0, cut25_mean = 0, cut25_std = 0, cut50_mean = 0,
         cut50_std = 0;
  double truncated = 0;  ///< mean over units; above 0.1 the layer is marked
  bool has_gradient = false;
  double gradient_mean = 0, gradient_std = 0;                    ///< sizes of the gradient fields
  double gradient_occluder_mean = 0, gradient_occluder_std = 0;  ///< box-filtered
  double correlation_mean = 0, overlap_mean = 0;
};
/// Reads the per-layer figures. Throws ConfigError (no such file), DataError (not rfmap-1,
/// damaged).
std::vector<SummaryRow> summarize(const std::string& path);

/// Problems found, one sentence each; empty if the file is complete and valid: schema, checksums
/// (every chunk is read), completeness, cross references.
std::vector<std::string> check_results(const std::string& path);

}  // namespace rfmap
