// Times the scan, images a second, from photographs and from the same crops undecoded (an IDX
// file), with everything that the scan of a run does. One JSON line each.

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
#include "engines/make_engine.h"
#include "run/scan.h"

namespace {

using namespace rfmap;
using namespace rfmap::run;
using namespace rfmap::engines;

struct Options {
  Job job;
  int batch = 0, threads = 0;
  int count = 800;  ///< images a scan; those of the folder again and again
};

Options parse(int argc, char** argv) {
  Options o;
  o.job.machine.device = "cpu";
  CLI::App app("Times the scan of images, decoded and undecoded.");
  app.add_option("model", o.job.inputs.model, ".onnx or .prototxt")->required();
  app.add_option("--images", o.job.inputs.images, "folders of photographs")->required();
  app.add_option("--layers", o.job.method.layers, "layers whose units are ranked")
      ->required()
      ->delimiter(',');
  app.add_option("--weights", o.job.inputs.weights, ".caffemodel");
  bench::add_engine_options(app, o.job.machine.device, o.job.machine.precision, o.batch, o.threads);
  app.add_option("--count", o.count, "images a scan");
  bench::parse_or_exit(app, argc, argv);
  if (o.batch > 0) o.job.machine.batch = o.batch;
  if (o.threads > 0) o.job.machine.threads = o.threads;
  o.job.method.preprocessing.preset = "caffe";
  return o;
}

void put_extent(std::ofstream& file, int extent) {
  for (int shift = 24; shift >= 0; shift -= 8) file.put(char(extent >> shift & 255));
}

/// Crops as an IDX file, colour last: read by seeking, not decoded.
void write_idx(const std::string& path, const Run& run) {
  const Shape& input = run.input();
  const int count = int(run.images.size());
  std::ofstream file(path, std::ios::binary);
  file.write("\0\0\x08\x04", 4);
  for (int extent : {count, input.h, input.w, input.c}) put_extent(file, extent);
  for (const ImageRef& ref : run.images) {
    const LoadedImage image = load_image(ref, run.preprocessing, input.c);
    if (!image.problem.empty()) throw DataError(image.problem);
    for (std::size_t p = 0; p < input.area(); ++p)
      for (int c = 0; c < input.c; ++c) file.put(char(image.crop.pixels[c * input.area() + p]));
  }
}

/// The first `count` images of the set, which is repeated as often as that needs.
ImageList repeated(const ImageList& images, int count) {
  ImageList repeated;
  for (std::size_t i = 0; i < std::size_t(count); ++i)
    repeated.push_back(images[i % images.size()]);
  return repeated;
}

/// One scan with all its parts; the best of `rounds` after one that warms up.
nlohmann::json time_scan(const Run& run, const std::string& work) {
  const DeviceChoice choice = choose_device(run.machine.device, run.machine.precision);
  const auto engine = make_engine(choice.device, {run.threads, choice.precision});
  Programs programs =
      compile_programs(*engine, run, run.machine.batch, {choice.largest_batch, choice.memory});
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    RunFolder folder(work + "/parts", {}, RunFolder::Existing::overwrite);
    const auto start = std::chrono::steady_clock::now();
    const ScanResult result = scan(run, {&programs, 1}, folder, work + "/first.png");
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    if (!result.first_problem.empty()) throw DataError(result.first_problem);
    if (round > 0) best = std::min(best, wall.count());
  }
  return {{"engine", engine->name() + ": " + engine->description()},
          {"batch", programs.batch},
          {"images", run.images.size()},
          {"seconds", best},
          {"images_per_second", double(run.images.size()) / best}};
}

void measure(const Options& o, const std::string& work) {
  Run run = prepare(o.job);
  write_idx(work + "/crops.idx", run);
  run.images = repeated(run.images, o.count);
  nlohmann::json line = time_scan(run, work);
  line["from"] = "photographs";
  std::cout << line << std::endl;
  run.preprocessing.resize.warp = {};
  run.images = repeated(list_images({work + "/crops.idx"}), o.count);
  line = time_scan(run, work);
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
    measure(parse(argc, argv), work);
  } catch (const Error& error) {
    std::cerr << "scan_passes: " << error.what() << "\n";
    code = error.exit_code();
  }
  std::filesystem::remove_all(work);
  return code;
}
