#pragma once

#include <string>
#include <vector>

#include "rfmap/model.h"
#include "rfmap/recorded.h"
#include "rfmap/results.h"
#include "rfmap/tiles.h"

#include "app/options.h"

namespace rfmap::app {

enum class ShowKind {
  fields,
  maps,
  overlay,
  segment,
  crops,
  compare,
  box,
  activations,
  centred,
  filters
};
enum class CropTo { measured, theory };

/// What `rfmap show` was told.
struct ShowSettings {
  ShowKind what = ShowKind::fields;
  std::string results, out, images_root, image;
  ModelFiles model;
  PreprocessingChoice preprocessing;
  Texts layers, neurons, unit_list;
  int units = 8, columns = 8, top = 9;
  std::optional<int> side;
  double threshold = 0.5;
  CropTo crop_to = CropTo::measured;
};

/// Name of a kind, as --what takes it.
std::string show_kind_name(ShowKind kind);

/// Channels of --unit: 3, 7-9, ... Throws ConfigError.
std::vector<int> listed_units(const Texts& items);
bool matches_layer(const std::string& name, const Texts& patterns);

/// The contact sheet of mean fields, PNG.
void write_fields(const ResultsReader& results, const ShowSettings& s);

// The other kinds that need a results file (and its images).
TileSheet show_maps(const ResultsReader& results, const ShowSettings& s);
TileSheet show_overlay(const ResultsReader& results, const ShowSettings& s);
TileSheet show_segment(const ResultsReader& results, const ShowSettings& s);
TileSheet show_crops(const ResultsReader& results, const ShowSettings& s);
TileSheet show_compare(const ResultsReader& results, const ShowSettings& s);

// The kinds that need a model, an image or both.
TileSheet show_box(const ShowSettings& s);
TileSheet show_activations(const ShowSettings& s);
TileSheet show_centred(const ShowSettings& s);
TileSheet show_filters(const ShowSettings& s);

}  // namespace rfmap::app
