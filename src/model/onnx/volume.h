#pragma once

#include "model/onnx/import.h"

/// Windows over the three axes of N x C x D x H x W. Where they are one position wide along one of
/// these axes, they are windows over maps, one for each of its positions.
namespace rfmap::importing {

/// The axis of the tensor along which the windows of a node are one position wide, one after the
/// other; throws Refusal if there is none. Of several one that lies along the channels of the map,
/// so that rows and columns stay, else the shortest.
int thin_axis(OnnxImport& in, const OnnxNode& node, const Value& input);

/// [n, c, x, y, z] as [n * extent of `axis`, c, the others].
Value maps_of(const Value& volume, int axis);
/// The reverse, for a result of maps_of(`volume`, axis).
Value volume_of(const Value& maps, int axis, const Value& volume);

}  // namespace rfmap::importing
