#include <cstdio>

#include "rfmap/field.h"
#include "rfmap/model.h"
#include "rfmap/version.h"

/// Prints the theoretical size of every default layer: one line with name and pixels each.
int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const rfmap::Model model = rfmap::read_model({argv[1], "", {}});
  const std::vector<rfmap::Field> fields = rfmap::theoretical_fields(model.graph);
  std::printf("rfmap %s\n", rfmap::kVersion);
  for (const rfmap::Layer& layer : rfmap::select_layers(model, {}, false))
    std::printf("%s %g\n", layer.name.c_str(), fields[layer.node].y.size());
}
