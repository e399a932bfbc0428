#include <cstdio>
#include <filesystem>

#include "rfmap/estimate.h"
#include "rfmap/field.h"
#include "rfmap/images.h"
#include "rfmap/model.h"
#include "rfmap/results.h"
#include "rfmap/version.h"

using namespace rfmap;

/// Prints the theoretical size of every default layer's field: one line of name and pixels each.
void print_theory(const std::string& file) {
  const Model model = read_model({file, "", {}});
  const std::vector<Field> fields = theoretical_fields(model.graph);
  for (const Layer& layer : select_layers(model, {}))
    std::printf("%s %g\n", layer.name.c_str(), fields[layer.node].y.size());
}

/// A few images of stripes.
void write_images(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (int i = 0; i < 4; ++i) {
    Crop crop{{3, 128, 128}, std::vector<std::uint8_t>(3 * 128 * 128)};
    for (std::size_t p = 0; p < crop.pixels.size(); ++p)
      crop.pixels[p] = std::uint8_t(p % 128 / std::size_t(i + 2) % 2 * 200);
    write_png((folder / (std::to_string(i) + ".png")).string(), crop, ChannelOrder::rgb);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::printf("rfmap %s\n", kVersion);
  print_theory(argv[1]);
  const std::filesystem::path folder = argv[2];
  write_images(folder / "images");
  Job job;
  job.inputs.model = argv[1];
  job.inputs.images = {(folder / "images").string()};
  job.method.layers = {"conv1"};
  job.method.units = "0-3";
  job.method.top_k = 2;
  job.method.preprocessing.preset = "unit";
  job.method.preprocessing.resize = Resize{};
  job.output.path = (folder / "fields.h5").string();
  job.output.overwrite = true;
  Hooks hooks;
  hooks.progress = [](const Progress& p) {
    if (p.finished) std::printf("%s: %d %s\n", p.phase, int(p.done), p.item);
  };
  const Outcome outcome = estimate(job, hooks);
  for (const SummaryRow& row : summarize(job.output.path))
    std::printf("%s: %d units measured\n", row.layer.c_str(), row.measured);
  return outcome.exit_code;
}
