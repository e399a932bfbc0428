// Times what follows the passes of a run: writing and reading of parts, averaging, and the results
// file, with synthetic change maps of the sizes that the named layers give. No pass is made. Prints
// one JSON line: CPU seconds of the process (user and system, all threads), without the making of
// the maps.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "rfmap/error.h"
#include "rfmap/field.h"
#include "rfmap/model.h"

#include "command_line.h"
#include "results/parts.h"
#include "run/fields.h"

namespace {

using namespace rfmap;
using namespace rfmap::run;
using namespace rfmap::results;

struct Options {
  ModelFiles files;
  std::vector<std::string> layers;
  std::string folder, fingerprint = "average_phase";
  int top_k = 25, occluder = 11, stride = 3;
  int images = 200, threads = 1, every = 1, resamples = 1000;
};

Options parse(int argc, char** argv) {
  Options o;
  CLI::App app(
      "Times writing and reading of parts, averaging and the results file of a run, with synthetic "
      "change maps.");
  app.add_option("model", o.files.model, ".onnx or .prototxt")->required();
  app.add_option("layers", o.layers, "layers that are measured")->required();
  app.add_option("--folder", o.folder, "where parts and results are written")->required();
  app.add_option("--weights", o.files.weights, ".caffemodel");
  app.add_option("--top-k", o.top_k, "images of a unit");
  app.add_option("--occluder", o.occluder, "side of the occluder, pixels");
  app.add_option("--stride", o.stride, "step of the occluder, pixels");
  app.add_option("--images", o.images, "that the pairs are drawn from");
  app.add_option("--every", o.every, "only each unit with such a number; times are multiplied");
  app.add_option("--threads", o.threads, "of averaging");
  app.add_option("--resamples", o.resamples, "of the bootstrap");
  bench::parse_or_exit(app, argc, argv);
  return o;
}

double seconds_of(const timeval& t) { return double(t.tv_sec) + 1e-6 * double(t.tv_usec); }

/// Of all threads of the process, user and system.
double process_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

/// A pair without its map, which is made anew each time it is asked for.
struct Source {
  int layer = 0, unit = 0;
  Peak peak;
};

/// The run's maps: a noisy drop of a quarter of the field around the centre, exactly 0 where the
/// occluder misses the field.
class Synthetic {
 public:
  explicit Synthetic(const Options& o) : model_(read_model(o.files)) {
    const Shape& input = model_.graph.input();
    grid = make_grid({input.h, input.w}, {o.occluder, o.occluder}, {o.stride, o.stride});
    const std::vector<Field> fields = theoretical_fields(model_.graph);
    for (const Layer& layer : select_layers(model_, o.layers)) add_layer(layer, fields, o);
  }

  /// Counts its time as made().
  std::vector<float> change(int pair) {
    const double start = thread_seconds();
    std::vector<float> values = make(pairs[std::size_t(pair)], unsigned(pair));
    made_ += thread_seconds() - start;
    return values;
  }
  /// CPU seconds since the last call.
  double made() { return std::exchange(made_, 0); }

  Grid grid;
  std::vector<LayerRecord> layers;
  std::vector<Source> pairs;  ///< by layer, unit, rank

 private:
  void add_layer(const Layer& layer, const std::vector<Field>& fields, const Options& o) {
    const Shape& shape = model_.graph.nodes[std::size_t(layer.node)].shape;
    LayerRecord record;
    record.name = layer.name;
    record.kind = "synthetic";
    record.channels = shape.c;
    record.map = {shape.h, shape.w};
    record.field = fields[std::size_t(layer.node)];
    record.rf_size = {record.field.y.size(), record.field.x.size()};
    record.canvas = make_canvas(record.field, grid, AggregateRules{});
    record.top_k = o.top_k;
    for (int u = 0; u < shape.c; u += o.every) record.units.push_back(u);
    for (int u = 0; u < int(record.units.size()); ++u)
      for (int k = 0; k < o.top_k; ++k) pairs.push_back(draw(shape, u, o.images));
    layers.push_back(record);
    for (std::size_t i = pairs.size() - record.units.size() * std::size_t(o.top_k);
         i < pairs.size(); ++i)
      pairs[i].layer = int(layers.size()) - 1;
  }

  Source draw(const Shape& map, int unit, int images) {
    Source s;
    s.unit = unit;
    s.peak.image = int(bits_() % unsigned(images));
    s.peak.activation = 1;
    s.peak.location = {int(bits_() % unsigned(map.h)), int(bits_() % unsigned(map.w))};
    s.peak.centre = {float(s.peak.location.y), float(s.peak.location.x)};
    return s;
  }

  std::vector<float> make(const Source& s, unsigned seed) const {
    const Field& field = layers[std::size_t(s.layer)].field;
    const Rect box = clipped_box(field, s.peak.location, grid.input);
    const Centre centre = field_centre(field, s.peak.location);
    const double reach_y = field.y.size() / 4, reach_x = field.x.size() / 4;
    std::minstd_rand bits(seed + 1);
    std::vector<float> values(std::size_t(grid.positions()));
    for (int i = 0; i < grid.positions(); ++i) {
      const Point at = grid.origin(i);
      if (at.y + grid.occluder.h <= box.y0 || at.y >= box.y1 || at.x + grid.occluder.w <= box.x0 ||
          at.x >= box.x1)
        continue;
      const double dy = (at.y + (grid.occluder.h - 1) / 2.0 - centre.y) / reach_y;
      const double dx = (at.x + (grid.occluder.w - 1) / 2.0 - centre.x) / reach_x;
      const double noise = double(bits()) / double(std::minstd_rand::max()) - 0.5;
      values[std::size_t(i)] = float(std::exp(-dy * dy - dx * dx) * (3 + 2 * noise) + 0.04 * noise);
    }
    return values;
  }

  Model model_;
  std::mt19937 bits_{1};
  double made_ = 0;
};

/// CPU and wall seconds of what `act` does, without the making of maps.
template <class Act>
nlohmann::json timed(Synthetic& maps, const Act& act) {
  maps.made();
  const double cpu = process_seconds();
  const auto wall = std::chrono::steady_clock::now();
  act();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - wall;
  return {{"cpu", process_seconds() - cpu - maps.made()}, {"wall", passed.count()}};
}

/// Pairs image by image, as a run measures them; a part about every sixth of the run.
std::vector<std::string> write_parts(Synthetic& maps, const Options& o) {
  std::vector<int> order(maps.pairs.size());
  for (int i = 0; i < int(order.size()); ++i) order[std::size_t(i)] = i;
  std::ranges::stable_sort(order, {},
                           [&](int id) { return maps.pairs[std::size_t(id)].peak.image; });
  std::vector<std::string> paths;
  const std::size_t step = order.size() / 6 + 1;
  for (std::size_t begin = 0; begin < order.size(); begin += step) {
    paths.push_back(o.folder + "/maps-" + std::to_string(paths.size()) + ".h5");
    PartWriter part(paths.back(), o.fingerprint, int(paths.size()) - 1, maps.grid.positions());
    for (std::size_t i = begin; i < std::min(begin + step, order.size()); ++i)
      part.add(order[i], maps.change(order[i]), 0);
    part.commit();
  }
  return paths;
}

void read_parts(const Synthetic& maps, const Options& o, const std::vector<std::string>& paths) {
  PartsReader parts(paths, o.fingerprint);
  std::vector<float> change(std::size_t(maps.grid.positions()));
  for (std::size_t id = 0; id < maps.pairs.size(); ++id) parts.read(std::int64_t(id), change);
}

RunRecord describe(const Synthetic& maps, const Options& o) {
  RunRecord record;
  record.occluder = maps.grid.occluder;
  record.grid = maps.grid;
  std::vector<ImageRef> images;
  for (int i = 0; i < o.images; ++i) images.push_back({"image" + std::to_string(i) + ".png", ""});
  record.images = ImageList(images);
  record.image_clusters = Spooled<std::int32_t>(std::vector<std::int32_t>(images.size(), kNone));
  record.image_sizes = Spooled<Size>(std::vector<Size>(images.size(), maps.grid.input));
  record.image_status = Spooled<std::uint8_t>(std::vector<std::uint8_t>(images.size(), 0));
  for (const LayerRecord& layer : maps.layers) record.layers.push_back(layer.name);
  return record;
}

/// The average phase: maps from memory, as `change` makes them.
void average(Synthetic& maps, const Options& o) {
  const RunRecord record = describe(maps, o);
  ResultsWriter writer(o.folder + "/results.h5", record);
  AggregateRules rules;
  rules.resamples = o.resamples;
  const Hooks hooks;
  int first = 0;  // pair of the layer
  for (const LayerRecord& layer : maps.layers) {
    writer.begin_layer(layer);
    const auto read = [&](int unit) {
      UnitMaps whole;
      for (int k = 0; k < o.top_k; ++k) {
        const int id = first + unit * o.top_k + k;
        const std::vector<float> change = maps.change(id);
        whole.record.change.insert(whole.record.change.end(), change.begin(), change.end());
        whole.record.peaks.push_back(maps.pairs[std::size_t(id)].peak);
      }
      whole.record.rf_size = {float(layer.rf_size[0]), float(layer.rf_size[1])};
      return whole;
    };
    write_section({record, layer, Ranking::top, rules, 0, o.threads, hooks}, read, writer);
    writer.end_layer();
    first += int(layer.units.size()) * o.top_k;
  }
  writer.finish();
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  try {
    std::filesystem::create_directories(o.folder);
    Synthetic maps(o);
    std::vector<std::string> paths;
    nlohmann::json line{{"pairs", maps.pairs.size()}, {"times", o.every}, {"threads", o.threads}};
    line["write_parts"] = timed(maps, [&] { paths = write_parts(maps, o); });
    double bytes = 0;
    for (const std::string& path : paths) bytes += double(std::filesystem::file_size(path));
    line["parts_mb"] = bytes / 1e6 * o.every;
    line["read_parts"] = timed(maps, [&] { read_parts(maps, o, paths); });
    line["average"] = timed(maps, [&] { average(maps, o); });
    for (const char* name : {"write_parts", "read_parts", "average"})
      for (auto& seconds : line[name]) seconds = seconds.get<double>() * o.every;
    std::cout << line << std::endl;
  } catch (const Error& error) {
    std::cerr << "average_phase: " << error.what() << "\n";
    return error.exit_code();
  }
  return 0;
}
