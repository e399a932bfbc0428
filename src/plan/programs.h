#pragma once

#include <map>
#include <vector>

#include "rfmap/field.h"
#include "rfmap/graph.h"

#include "plan/program.h"

/// Pure functions that make programs from a graph and the requested outputs.
namespace rfmap::plan {

/// Channels of one node that a program reads.
struct Target {
  int node = 0;
  std::vector<int> channels;  ///< empty: all
};

/// Plain forward passes: LoadImages (batch images), then every node that the targets need, then one
/// ReadExtrema per target (table = its index; twice, maximum then minimum at 2i and 2i + 1, if
/// `minima`). Activations and residual sums are fused if the raw value has no other reader.
Program scan_program(const Graph& graph, const std::vector<Target>& targets, int batch,
                     bool minima);

/// Occluded full passes of images in resident value 0: Occlude, the trunk, one ReadResponse per
/// target node (table = its index). One program with one trunk for all targets.
Program occlude_program(const Graph& graph, const std::vector<int>& nodes, int batch,
                        Response response);

/// Loads image slots: resident value 0 <- Call::images.
Program load_program(const Shape& input, int slots);

/// Reads back the complete values of all `nodes` (ReadMap, table = index), for tests and tools.
Program map_program(const Graph& graph, const std::vector<int>& nodes, int batch);

/// The forward pass of images, one a slot, that writes the maps of `residents` (node -> resident;
/// node 0: the images) and reads `nodes`: by ReadResponse at a location, else whole.
Program original_maps_program(const Graph& graph, const std::vector<int>& nodes,
                              const std::map<int, int>& residents, int slots, Response response);

/// Multiply-adds of one sample of a program's Compute steps.
double macs(const Program& program);

/// Bytes of a program's scratch values at their batch, in fp32, with memory reused after the last
/// use of a value.
std::size_t scratch_bytes(const Program& program);

}  // namespace rfmap::plan
