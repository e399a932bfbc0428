#pragma once

#include <string>
#include <vector>

#include "rfmap/aggregate.h"
#include "rfmap/gradient_file.h"

#include "app/commands/gradient_inputs.h"
#include "app/text/text_output.h"

namespace rfmap::app {

/// One line of what `rfmap gradient` prints.
struct GradientRow {
  std::string neuron;
  double response = 0;  ///< mean over the inputs
  Rect box, support;    ///< clipped theoretical field; hull of the support (empty: none)
  int support_pixels = 0;
  Sizes sizes;  ///< of the mean absolute gradient
};

GradientRow row_of(const std::string& neuron, const NeuronGradient& gradient, double response);

std::string gradient_text(const std::vector<GradientRow>& rows, Format format);

/// Says on stderr where a gradient misleads: the zero image, dead neurons, fields over the border.
void warn_of_traps(const Graph& graph, InputKind input, const std::vector<GradientRow>& rows,
                   const std::vector<NeuronGradient>& neurons);

}  // namespace rfmap::app
