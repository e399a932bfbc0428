#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "rfmap/images.h"
#include "rfmap/results.h"

#include "report/cut_curve.h"
#include "report/figures/field.h"
#include "report/image_store.h"
#include "report/recorded.h"

namespace rfmap::report {

/// What all pages of a report share.
struct Source {
  const ResultsReader& results;
  const std::vector<SummaryRow>& summary;
  std::string title;                 ///< the model's name
  std::vector<std::string> folders;  ///< of the layers, below the report's: "layers/00-conv1"
  ImageStore& images;
  std::optional<int> top;  ///< images shown of each unit; all K if not given
  const Recorded& recorded() const { return images.recorded(); }
};

/// Square part of the network's input, px of the image (pixel p covers p .. p + 1).
struct Window {
  double left = 0, top = 0, side = 0;
};

/// One image that drives the unit.
struct Shot {
  Peak peak;
  ImageRef image;
  int rank = 0;
  bool there = false;  ///< can be shown
  double size = 0;     ///< of its own map
  Centre centre;       ///< of the neuron's theoretical field
  Window crop;
};

/// The images at one end of a unit's ranking, and what they measure; files lie beside the page.
struct UnitSide {
  Ranking ranking = Ranking::top;
  bool lowest() const { return ranking == Ranking::bottom; }
  UnitRecord record;
  figures::FieldFigure field, gradient;
  std::vector<Shot> shots;
  std::string field_file, gradient_file;  ///< empty: there is none
  std::string maps_file;                  ///< of the single images; empty: not stored
  double crop_side = 0;
};

/// One unit, ready for its page.
struct UnitView {
  int unit = 0;
  UnitSide top;
  std::optional<UnitSide> bottom;  ///< where the results hold a bottom K
};

/// What the layer's page keeps of a unit.
struct UnitCard {
  int unit = 0;
  std::string field_file;
  double size = 0, equivalent = 0, activation = 0, fit = 0, truncated = 0;
  std::vector<Shot> shots;                    ///< the first few
  std::array<float, kCurveCuts> cut_sizes{};  ///< by cut, px; NaN where none
};

/// The file of a unit's page, in its layer's folder.
std::string page_name(int unit);

std::string unit_page(const Source& source, int layer, const UnitView& view,
                      const std::array<std::string, 2>& neighbours);
std::string layer_page(const Source& source, int layer, const std::vector<UnitCard>& cards);
std::string overview_page(const Source& source, const std::vector<std::vector<UnitCard>>& cards);
std::string method_page(const Source& source);

/// An image's square part as HTML: the whole picture, moved and scaled behind a window, so that all
/// crops of an image share one file.
std::string crop_html(const Source& source, const Shot& shot, const std::string& alt);

}  // namespace rfmap::report
