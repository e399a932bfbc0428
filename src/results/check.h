#pragma once

#include <string>
#include <vector>

#include "results/h5/h5.h"
#include "results/schema.h"

namespace rfmap::results {

/// Collects problems, each a sentence that names the file and the place in it.
class Problems {
 public:
  /// Thrown by add() as soon as there are as many as wanted.
  struct Enough {};
  explicit Problems(std::string path, std::size_t most = kAll)
      : path_(std::move(path)), most_(most) {}
  void add(const std::string& place, const std::string& what);
  /// Runs `look`; what cannot be read in it becomes a problem.
  template <class Look>
  void attempt(const std::string& place, Look&& look) {
    try {
      look();
    } catch (const h5::Failure& failure) {
      add(place, std::string("cannot ") + failure.what());
    }
  }
  std::size_t count() const { return sentences_.size() + left_out_; }
  std::vector<std::string> take();

 private:
  static constexpr std::size_t kAll = ~std::size_t(0);
  std::string path_, last_place_;
  std::size_t most_;
  std::size_t at_place_ = 0, left_out_ = 0;
  std::vector<std::string> sentences_;
};

/// A group and the datasets that it must hold.
struct Place {
  std::string group;  ///< path without the leading slash; empty: root
  std::vector<Item> items;
  Ranking ranking = Ranking::top;
};

/// The gate of every reader of a results file: format, finished, and all that check_results() finds
/// without the maps: nothing is allocated, computed or drawn from a file before that. One problem
/// or none. Throws DataError for a file that does not open.
std::vector<std::string> gate_problems(const std::string& path);

/// Groups of the file in order, as its attributes say. Problems with the list of layers are added.
std::vector<Place> expected_places(hid_t file, Problems& problems);
/// Datasets are there with type, shape and sound storage (h5/blocks.h); nothing is read.
void check_form(hid_t file, const Place& place, Problems& problems);
/// The same, and their attributes, and every chunk reads.
void check_place(hid_t file, const Place& place, Problems& problems);
/// Every dimension of the datasets that are there has its scale attached; what is not there is
/// said already.
void check_attached(hid_t file, const Place& place, Problems& problems, Problems& said);
/// Recorded choices are those that their declarations know; grid and input make sense.
void check_run_attributes(hid_t file, Problems& problems);
/// Field, map and units of a layer make sense, and attributes agree with each other.
void check_layer_attributes(hid_t file, const Place& place, Problems& problems);
/// Images: status values and sizes.
void check_images(hid_t file, Problems& problems);
/// Lengths of scales are those that attributes state: ranks, grid.
void check_lengths(hid_t file, const Place& place, Problems& problems);
/// Units, images and their order, ranges of the numbers per unit of one layer's top or bottom K,
/// means of them: all but its maps.
void check_tables(hid_t file, const Place& place, Problems& problems);
/// The same, and maps, sizes and means that follow from them.
void check_values(hid_t file, const Place& place, Problems& problems);

}  // namespace rfmap::results
