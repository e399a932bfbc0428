#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rfmap/estimate.h"

/// What a run will cost, before it runs.
namespace rfmap {

/// Of a number that depends on which images the units will choose. Least: all units choose the same
/// ones; expected: each chooses at random, independently of the others; most: no two choose the
/// same one while there are others.
struct CostRange {
  double least = 0, expected = 0, most = 0;
};

/// Of one layer.
struct LayerCosts {
  std::string name, kind;
  Size map;
  int units = 0;
  double pairs = 0;      ///< at most: units that never fire have none
  bool windows = false;  ///< measured by windows, else by full passes
};

/// Bytes.
struct MemoryCosts {
  int batch = 0;
  double values = 0;     ///< of a batch of full passes and of the scan
  double limit = 0;      ///< of `values`: --memory, or the device's share
  double weights = 0;    ///< in fp32
  double originals = 0;  ///< maps of one image, which windows are cut from
  double host = 0;       ///< images read ahead, maps in hand, the list of pairs
  std::vector<std::pair<int, double>> batches;  ///< values of other batches: what less would give
};

/// Bytes, before compression: upper limits.
struct DiskCosts {
  double results = 0;
  double parts = 0;  ///< the folder of the unfinished run, removed at the end
};

/// Rates of this machine from short trials. Numbers that were not measured are not there.
struct Rates {
  std::string engine;                  ///< its description
  double spent = 0;                    ///< seconds that the trials took
  int images = 0;                      ///< read as a trial
  int unreadable = 0;                  ///< of these
  double read = 0;                     ///< seconds an image, on all threads
  double forward = 0;                  ///< seconds an image of a full batch
  double full = 0, windows = 0;        ///< seconds a multiply-add of occluded copies
  double gradient_image = 0;           ///< seconds: forward pass
  double gradient_pair = 0;            ///< seconds: backward pass, mean over the pairs
  double average = 0;                  ///< seconds a unit, mean over the units
  bool reads_while_computing = false;  ///< the engine does not compute on the cores that decode
  double engine_bytes = 0;             ///< memory that the engine held after the trials
};

/// Seconds.
struct TimeCosts {
  CostRange scan, occlusion, gradient, average;
  CostRange all() const;
};

struct RunCosts {
  std::vector<LayerCosts> layers;
  double images = 0;        ///< listed
  double units = 0;         ///< of all layers
  double pairs = 0;         ///< at most
  CostRange measured;       ///< distinct images whose pairs are measured
  int positions = 0;        ///< of the grid
  CostRange full_copies;    ///< occluded copies by full passes
  CostRange window_copies;  ///< occluded copies by windows
  double scan_macs = 0;
  CostRange full_macs, window_macs;  ///< multiply-adds of these
  CostRange full_call_macs;  ///< of the calls of full passes: the last of each image is filled up
  double macs_without_windows = 0;  ///< expected, were all layers measured by full passes
  MemoryCosts memory;
  DiskCosts disk;
  std::optional<Rates> rates;  ///< with calibration
  std::optional<TimeCosts> time;
};

/// Reads the model and lists the images, decodes none; then, unless `calibrate_seconds` is 0,
/// trials on this machine for about so many seconds. Writes nothing. The output need not be named.
/// Throws ConfigError, ModelError, DataError, EngineError, Interrupted.
RunCosts expected_costs(const Job& job, double calibrate_seconds, const Hooks& hooks = {});

}  // namespace rfmap
