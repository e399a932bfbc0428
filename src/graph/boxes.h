#pragma once

#include <vector>

#include "rfmap/field.h"

#include "graph/facts.h"

namespace rfmap::graph {

/// What the boxes of a graph's neurons follow from, computed once.
struct BoxSource {
  explicit BoxSource(const Graph& g);

  const Graph& graph;
  std::vector<Facts> facts;
  std::vector<Field> fields;
  /// By node: its field's formula holds at every position, as no preceding operation has reads that
  /// change from position to position.
  std::vector<char> follows_formula;
};

/// Of each position of a node along an axis (1: rows, 2: columns), the hull of the input pixels
/// that it reads, unclipped, by its local paths if it has any; first > last if it reads none.
std::vector<Interval> local_boxes(const BoxSource& source, int node, int axis);
/// The node's field with the boxes of its positions where its formula does not hold.
Field exact_field(const BoxSource& source, int node);

/// The hull of the input pixels that one position reads by all of its paths, unclipped.
Span pixels_read(const Graph& graph, const std::vector<Facts>& facts, int node, int axis,
                 int position);

/// Pixels of a box along its axis; 0 if it is empty.
double length(const Interval& box);

/// Typical sizes of the fields of units, by the boxes of their own branch.
std::vector<FieldSize> unit_sizes(const BoxSource& source, const ChannelFields& channels, int node,
                                  const std::vector<int>& units);

}  // namespace rfmap::graph
