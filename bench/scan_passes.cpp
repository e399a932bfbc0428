// Times the scan, in images per second, from photographs and from the same crops without decoding
// (an IDX file), with all work of a run's scan. One JSON line each.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "rfmap/devices.h"
#include "rfmap/error.h"
#include "rfmap/images.h"

#include "command_line.h"
#include "run/scan.h"

namespace {

using namespace rfmap;

struct Options {
  Config config;
  int count = 800;  ///< images per scan; those of the folder are repeated
};

Options parse(int argc, char** argv) {
  Options o;
  o.config.device = "cpu";
  CLI::App app("Times the scan of images, decoded and undecoded.");
  app.add_option("model", o.config.model, ".onnx or .prototxt")->required();
  app.add_option("--images", o.config.images, "folders of photographs")->required();
  app.add_option("--layers", o.config.layers, "layers whose units are ranked")
      ->required()
      ->delimiter(',');
  app.add_option("--weights", o.config.weights, ".caffemodel");
  bench::add_engine_options(app, o.config.device, o.config.precision, o.config.batch,
                            o.config.threads);
  app.add_option("--count", o.count, "images a scan");
  bench::parse_or_exit(app, argc, argv);
  o.config.quiet = true;
  for (const Preset& preset : presets())
    if (preset.name == "caffe") o.config.preprocessing = preset.values;
  return o;
}

void put_extent(std::ofstream& file, int extent) {
  for (int shift = 24; shift >= 0; shift -= 8) file.put(char(extent >> shift & 255));
}

/// Crops as an IDX file, colour last: read by seeking, not decoded.
void write_idx(const std::string& path, const Setup& setup) {
  const Shape& input = setup.input();
  const int count = int(setup.images.size());
  std::ofstream file(path, std::ios::binary);
  file.write("\0\0\x08\x04", 4);
  for (int extent : {count, input.h, input.w, input.c}) put_extent(file, extent);
  for (const ImageRef& ref : setup.images) {
    const LoadedImage image = load_image(ref, setup.preprocessing, input.c);
    if (!image.problem.empty()) throw DataError(image.problem);
    for (std::size_t p = 0; p < input.area(); ++p)
      for (int c = 0; c < input.c; ++c) file.put(char(image.crop.pixels[c * input.area() + p]));
  }
}

/// The set's images, repeated.
void repeat(int count, std::vector<ImageRef>& images) {
  const std::size_t there = images.size();
  for (int i = int(there); i < count; ++i) images.push_back(images[i % there]);
  images.resize(count);
}

/// One scan with all its parts; the best of `rounds` after one that warms up.
nlohmann::json time_scan(const Setup& setup, const Config& config, const std::string& work) {
  const DeviceChoice choice = choose_device(config.device, config.precision);
  const auto engine = make_engine(choice.device, {config.threads, choice.precision});
  Programs programs =
      compile_programs(*engine, setup, config, config.batch, {choice.largest_batch, choice.memory});
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const RunFolder folder(work + "/parts", {}, false, true);
    const auto start = std::chrono::steady_clock::now();
    const ScanResult result = scan(setup, config, programs, folder, work + "/first.png");
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    if (!result.skipped.empty()) throw DataError(result.skipped.front());
    if (round > 0) best = std::min(best, wall.count());
  }
  return {{"engine", engine->name() + ": " + engine->description()},
          {"batch", programs.batch},
          {"images", setup.images.size()},
          {"seconds", best},
          {"images_per_second", double(setup.images.size()) / best}};
}

void run(const Options& o, const std::string& work) {
  Config config = o.config;
  Setup setup = prepare(config);
  write_idx(work + "/crops.idx", setup);
  repeat(o.count, setup.images);
  nlohmann::json line = time_scan(setup, config, work);
  line["from"] = "photographs";
  std::cout << line << std::endl;
  config.preprocessing.resize_warp = {};
  setup.preprocessing.resize_warp = {};
  setup.images = list_images({work + "/crops.idx"});
  repeat(o.count, setup.images);
  line = time_scan(setup, config, work);
  line["from"] = "crops, not decoded";
  std::cout << line << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string work =
      std::filesystem::temp_directory_path() / ("scan_passes." + std::to_string(getpid()));
  std::filesystem::create_directories(work);
  int code = 0;
  try {
    run(parse(argc, argv), work);
  } catch (const Error& error) {
    std::cerr << "scan_passes: " << error.what() << "\n";
    code = error.exit_code();
  }
  std::filesystem::remove_all(work);
  return code;
}
