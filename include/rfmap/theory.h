#pragma once

#include <array>
#include <string>
#include <vector>

#include "rfmap/attribute.h"
#include "rfmap/field.h"
#include "rfmap/model.h"

/// The table of theoretical receptive fields (docs/method.md, "Theory").
namespace rfmap {

/// Boxes of one neuron in input pixels, half-open.
struct NeuronBox {
  Rect whole;    ///< unclipped: padding counts as pixels beyond the input
  Rect clipped;  ///< the pixels that can change the neuron; empty if none can
  Centre centre;
};

/// Exact for every graph, position by position: multi-path, unaligned, upsampled.
NeuronBox neuron_box(const Graph& graph, int node, Point position);

/// One layer. Pairs are (y, x), in pixels of the network's input.
struct TheoryRow {
  using Pair = std::array<double, 2>;
  std::string name, kind;
  std::string node;  ///< name of the node in the file
  Size input, map;   ///< sides of its (first) input's and its own map; 0 x 0: not known
  /// Of position 0 if they `vary`; NaN along an axis that is not followed.
  Pair jump{}, size{}, padding{}, centre{};
  Pair smallest{}, largest{};  ///< sizes over all positions
  bool aligned = true;         ///< all paths agree in stride and centre
  bool global = false;         ///< every position sees the fields of all positions of its input
  bool global_path = false;    ///< another path (a gate) sees everything
  bool varies = false;         ///< boxes are not those of position 0, moved by the jump
  bool larger = false;         ///< some side is larger than the input's
  bool followed = true;  ///< else a reshape or transposition moved positions: no size is known
  bool known = true;     ///< else its operation cannot be read and counts as global
  /// By position of each axis, inclusive: unclipped (only local paths if a global one joins them;
  /// empty intervals along an axis that is not followed), and the part of the input that has an
  /// effect (that may have one, along an axis that is not followed).
  std::array<std::vector<Interval>, 2> whole, seen;
};

/// A node whose inputs differ in stride or centre.
struct Junction {
  std::string name;
  std::vector<TheoryRow> inputs;
};

/// Nodes of one operation that cannot be read and count as global.
struct Assumed {
  std::string operation, first;  ///< as in the file; name of the first of them
  std::string reason;            ///< why it cannot be read
  int count = 0;
};

struct TheoryTable {
  Shape input;
  std::vector<TheoryRow> rows;
  std::vector<Junction> junctions;  ///< in graph order, before any of the rows
  std::vector<Assumed> assumed;     ///< the same
};

/// Fields of `layers`. The jump of a layer with one position for a whole map is its input's, as if
/// it were a convolution of that map's size.
TheoryTable theory_table(const Graph& graph, const std::vector<Layer>& layers);

/// A neuron as named by the user.
struct NamedNeuron {
  std::string name;  ///< as given
  Layer layer;
  int channel = kNone;  ///< none: not given, or any
  Point position;
  NeuronBox box;
};

/// Writes the table and neurons as HDF5 (docs/reading-results.md), `attributes` to its root: PATH
/// appears when it is complete. Throws ConfigError (cannot create), EngineError (cannot write).
void write_theory(const std::string& path, const TheoryTable& table,
                  const std::vector<NamedNeuron>& neurons, const Attributes& attributes);

}  // namespace rfmap
