// Compares responses computed by windows with those of full passes, for tests/models/windows.py:
// some layers of a network, every response, several locations in each map, one image. Full passes
// run on copies that are occluded here and give complete maps, so only the network is shared.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "rfmap/error.h"

#include "engines/make_engine.h"
#include "plan/programs.h"
#include "plan/windows/extent.h"
#include "run/measure.h"
#include "tools/npy.h"

namespace rfmap {
using namespace plan;
using namespace run;
using namespace engines;
namespace {

using Maps = std::vector<std::vector<float>>;  // [layer][sample, c, h, w]

struct Options {
  ModelFiles files;
  std::string pixels, engine = "cpu";
  Preprocessing preprocessing;
  std::vector<int> occluder{11, 11}, stride{29, 31};
  int layers = 3, threads = 2, batch = 8;
  unsigned seed = 1;
};

Options parse(int argc, char** argv) {
  Options options;
  std::vector<int> size;
  CLI::App app("Windowed responses beside those of full passes: one JSON line each.");
  app.add_option("model", options.files.model, ".onnx or .prototxt")->required();
  app.add_option("--weights", options.files.weights, ".caffemodel");
  app.add_option("--input-size", size, "height and width, where the file leaves them open")
      ->expected(2);
  app.add_option("--pixels", options.pixels, ".npy [C, H, W], 0..255, network's order")->required();
  app.add_option("--mean", options.preprocessing.mean, "taken from each pixel")->expected(1, 3);
  app.add_option("--scale", options.preprocessing.scale, "factor after it");
  app.add_option("--engine", options.engine, "engine");
  app.add_option("--occluder", options.occluder, "height and width")->expected(2);
  app.add_option("--stride", options.stride, "rows and columns")->expected(2);
  app.add_option("--layers", options.layers, "how many, spread over the depth");
  app.add_option("--threads", options.threads, "of the engine");
  app.add_option("--batch", options.batch, "samples of a pass");
  app.add_option("--seed", options.seed, "of channels and places");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  if (!size.empty()) options.files.input_size = {size[0], size[1]};
  return options;
}

Crop read_crop(const std::string& path, const Shape& input) {
  const npy::Array pixels = npy::read(path);
  if (npy::count(pixels.dims) != input.volume()) throw DataError(path + " has another size.");
  return {input, {pixels.values.begin(), pixels.values.end()}};
}

/// Layers with windows for every response, those with windows for a location only (an occluder
/// changes all of them), and the others.
struct LayerKinds {
  std::vector<Layer> windowed, behind, full;
};

/// The default layers.
LayerKinds split_layers(const Model& model) {
  const std::vector<bool> local = local_nodes(model.graph),
                          windowable = windowable_nodes(model.graph);
  LayerKinds kinds;
  for (const Layer& layer : select_layers(model, {})) {
    auto& kind = local[layer.node]        ? kinds.windowed
                 : windowable[layer.node] ? kinds.behind
                                          : kinds.full;
    kind.push_back(layer);
  }
  return kinds;
}

/// The first, the last, and evenly spaced ones between.
std::vector<Layer> spread(const std::vector<Layer>& all, int count) {
  std::vector<Layer> some;
  const int n = std::min<int>(count, int(all.size()));
  for (int i = 0; i < n; ++i)
    some.push_back(all[n == 1 ? all.size() - 1 : i * (all.size() - 1) / (n - 1)]);
  return some;
}

/// Corners, edges and centre of a map, then two cells under some of the occluders: if fields are
/// small, most occluders miss the others.
std::vector<Point> places_of(const Shape& map, const Field& field, const Grid& grid,
                             std::mt19937& draw) {
  const int y = map.h - 1, x = map.w - 1;
  std::vector<Point> places{{0, 0}, {y, x}, {0, x / 2}, {y, x / 2}, {y / 2, 0}, {y / 2, x / 2}};
  for (int i = 0; i < 2; ++i) {
    const int position = int(draw() % grid.positions());
    const double wanted_y = grid.centre_y(position / grid.count.w);
    const double wanted_x = grid.centre_x(position % grid.count.w);
    Point nearest;
    const auto off_y = [&](int row) {
      return std::fabs(field_centre(field, {row, 0}).y - wanted_y);
    };
    const auto off_x = [&](int column) {
      return std::fabs(field_centre(field, {0, column}).x - wanted_x);
    };
    for (int row = 1; row <= y; ++row)
      if (off_y(row) < off_y(nearest.y)) nearest.y = row;
    for (int column = 1; column <= x; ++column)
      if (off_x(column) < off_x(nearest.x)) nearest.x = column;
    places.push_back(nearest);
  }
  return places;
}

/// The channel with the largest value at a location, among some that are drawn.
int draw_channel(std::span<const float> map, const Shape& shape, Point at, std::mt19937& draw) {
  const std::size_t cell = std::size_t(at.y) * shape.w + at.x;
  int best = int(draw() % shape.c);
  for (int i = 0; i < 15; ++i) {
    const int c = int(draw() % shape.c);
    if (map[c * shape.area() + cell] > map[best * shape.area() + cell]) best = c;
  }
  return best;
}

struct Case {
  Run run;
  std::vector<Pair> pairs;
  Crop crop;
};

/// The original's maps.
Maps original_maps(const Case& made, Engine& engine) {
  std::vector<int> nodes;
  for (const MeasuredLayer& layer : made.run.layers) nodes.push_back(layer.node);
  ProgramSet set;
  set.programs = {map_program(made.run.model.graph, nodes, 1)};
  std::vector<float> image(made.crop.shape.volume());
  normalize(made.run.preprocessing, made.crop.pixels, made.crop.shape, image);
  Call call;
  call.images = image;
  Reply reply;
  engine.compile(set)->run(0, call, reply);
  return reply.maps;
}

void add_pairs(const Maps& originals, unsigned seed, Case& made) {
  std::mt19937 draw(seed);
  for (int l = 0; l < int(made.run.layers.size()); ++l) {
    MeasuredLayer& layer = made.run.layers[l];
    for (const Point& place : places_of(layer.shape, layer.field, made.run.grid, draw)) {
      made.pairs.push_back({l, Ranking::top, int(layer.units.size()), 0, {0, 1, place}});
      layer.units.push_back(draw_channel(originals[l], layer.shape, place, draw));
    }
  }
}

Case make_case(const Options& options, const Model& model, const std::vector<Layer>& layers,
               Engine& engine) {
  Case made;
  Run& run = made.run;
  run.model = model;
  run.preprocessing = options.preprocessing;
  run.preprocessing.crop = {model.graph.input().h, model.graph.input().w};
  made.run.machine.batch = options.batch;
  made.run.machine.strategy = Strategy::window;
  run.grid = make_grid(run.preprocessing.crop, {options.occluder[0], options.occluder[1]},
                       {options.stride[0], options.stride[1]}, Overhang::yes);
  const std::vector<Field> fields = theoretical_fields(model.graph);
  for (const Layer& layer : layers) {
    MeasuredLayer& measured = run.layers.emplace_back();
    measured.name = layer.name;
    measured.node = layer.node;
    measured.shape = model.graph.nodes[layer.node].shape;
    measured.field = fields[layer.node];
  }
  made.crop = read_crop(options.pixels, model.graph.input());
  add_pairs(original_maps(made, engine), options.seed, made);
  return made;
}

/// The image under the noise of one grid position (-1: none), as the network sees it.
void occlude(const Case& made, int position, std::span<float> values) {
  Crop copy = made.crop;
  const Grid& grid = made.run.grid;
  const Shape& shape = copy.shape;
  if (position >= 0) {
    const auto patch = noise_patch(made.run.method.seed, position, shape.c, grid.occluder);
    const Point at = grid.origin(position);
    for (int c = 0; c < shape.c; ++c)
      for (int y = std::max(0, at.y); y < std::min(shape.h, at.y + grid.occluder.h); ++y)
        for (int x = std::max(0, at.x); x < std::min(shape.w, at.x + grid.occluder.w); ++x)
          copy.pixels[(std::size_t(c) * shape.h + y) * shape.w + x] =
              patch[(std::size_t(c) * grid.occluder.h + y - at.y) * grid.occluder.w + x - at.x];
  }
  normalize(made.run.preprocessing, copy.pixels, shape, values);
}

double response_of(std::span<const float> map, Response response, std::size_t cell) {
  if (response == Response::location) return map[cell];
  if (response == Response::max) return *std::max_element(map.begin(), map.end());
  double sum = 0;
  for (float v : map) sum += v;
  return sum;
}

std::span<const float> map_of(const Case& made, const Pair& pair, const Maps& maps, int sample) {
  const MeasuredLayer& layer = made.run.layers[pair.layer];
  const std::size_t first =
      std::size_t(sample) * layer.shape.volume() + layer.units[pair.unit] * layer.shape.area();
  return std::span(maps[pair.layer]).subspan(first, layer.shape.area());
}

/// Results of full passes.
struct Full {
  std::vector<std::vector<double>> change[3];  ///< [response][pair][position]
  std::vector<double> largest, sums;           ///< [layer]: the scales for allowed differences
};

void take_scales(const Case& made, const Maps& maps, Full& full) {
  for (std::size_t l = 0; l < maps.size(); ++l) {
    const Shape& shape = made.run.layers[l].shape;
    double largest = 0, most = 0;
    for (int c = 0; c < shape.c; ++c) {
      double sum = 0;
      for (float v : std::span(maps[l]).subspan(c * shape.area(), shape.area())) {
        largest = std::max(largest, double(std::fabs(v)));
        sum += std::fabs(v);
      }
      most = std::max(most, sum);
    }
    full.largest.push_back(largest);
    full.sums.push_back(most);
  }
}

void take_changes(const Case& made, const Maps& maps, int first, Full& full) {
  const int batch = *made.run.machine.batch, positions = made.run.grid.positions();
  for (std::size_t p = 0; p < made.pairs.size(); ++p) {
    const Pair& pair = made.pairs[p];
    const Point at = pair.peak.location;
    const std::size_t cell = std::size_t(at.y) * made.run.layers[pair.layer].shape.w + at.x;
    for (int r = 0; r < 3; ++r) {
      const double original = response_of(map_of(made, pair, maps, 0), Response(r), cell);
      for (int n = 1; n < batch && first + n - 1 < positions; ++n)
        full.change[r][p][first + n - 1] =
            original - response_of(map_of(made, pair, maps, n), Response(r), cell);
    }
  }
}

/// Runs every position's copy through the complete network; the original is sample 0 of each batch.
Full run_full(const Case& made, Engine& engine) {
  const int batch = *made.run.machine.batch, positions = made.run.grid.positions();
  std::vector<int> nodes;
  for (const MeasuredLayer& layer : made.run.layers) nodes.push_back(layer.node);
  ProgramSet set;
  set.programs = {map_program(made.run.model.graph, nodes, batch)};
  const auto session = engine.compile(set);
  Full full;
  for (auto& change : full.change) change.assign(made.pairs.size(), std::vector<double>(positions));
  const std::size_t volume = made.crop.shape.volume();
  std::vector<float> images(batch * volume);
  Reply reply;
  for (int first = 0; first < positions; first += batch - 1) {
    for (int n = 0; n < batch; ++n) {
      const int position = first + n - 1;
      occlude(made, n > 0 && position < positions ? position : -1,
              std::span(images).subspan(n * volume, volume));
    }
    Call call;
    call.images = images;
    session->run(0, call, reply);
    if (first == 0) take_scales(made, reply.maps, full);
    take_changes(made, reply.maps, first, full);
  }
  return full;
}

/// Windows compared with full passes for one response; ratios are relative to the layer's scale.
struct Verdict {
  double worst = 0, null = 0, largest_change = 0;
  int pair = 0, position = 0, missed = 0;  ///< missed: not 0 although the occluder misses the field
};

void compare_pair(const Case& made, const MapResult& got, std::size_t p, Response response,
                  const Full& full, Verdict& verdict) {
  const int layer = made.pairs[p].layer;
  const double scale =
      std::max(1e-30, response == Response::sum ? full.sums[layer] : full.largest[layer]);
  const ImageJob job{0, {int(p)}};
  std::vector<bool> touched(made.run.grid.positions());
  for (int i : touching(made.run.grid, pair_boxes(made.run, made.pairs, job))) touched[i] = true;
  for (int i = 0; i < made.run.grid.positions(); ++i) {
    const double want = full.change[int(response)][p][i], have = got[p].change[i];
    const double ratio = std::fabs(have - want) / scale;
    verdict.missed += !touched[i] && have != 0;
    verdict.largest_change = std::max(verdict.largest_change, std::fabs(want) / scale);
    if (ratio <= verdict.worst) continue;
    verdict.worst = ratio;
    verdict.pair = int(p);
    verdict.position = i;
  }
  verdict.null = std::max(verdict.null, got[p].null_spread / scale);
}

void compare(Case& made, Engine& engine, Response response, const Full& full) {
  constexpr const char* kNames[] = {"location", "max", "sum"};
  made.run.method.response = response;
  Programs programs = compile_programs(engine, made.run, made.run.machine.batch);
  MapMeasurer measurer(made.run, made.pairs, programs);
  ImageJob job{0, {}};
  for (int i = 0; i < int(made.pairs.size()); ++i) job.pairs.push_back(i);
  const MapResult got = measurer.measure(job, made.crop);
  for (int l = 0; l < int(made.run.layers.size()); ++l) {
    Verdict verdict;
    for (std::size_t p = 0; p < made.pairs.size(); ++p)
      if (made.pairs[p].layer == l) compare_pair(made, got, p, response, full, verdict);
    const Point at = made.pairs[verdict.pair].peak.location;
    const Point origin = made.run.grid.origin(verdict.position);
    std::cout << nlohmann::json({{"layer", made.run.layers[l].name},
                                 {"response", kNames[int(response)]},
                                 {"positions", made.run.grid.positions()},
                                 {"worst", verdict.worst},
                                 {"at", {at.y, at.x}},
                                 {"origin", {origin.y, origin.x}},
                                 {"null", verdict.null},
                                 {"largest_change", verdict.largest_change},
                                 {"missed", verdict.missed}})
              << std::endl;
  }
}

std::vector<std::string> names_of(const std::vector<Layer>& layers) {
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.push_back(layer.name);
  return names;
}

void compare_some(const Options& options, const Model& model, const std::vector<Layer>& layers,
                  const std::vector<Response>& responses) {
  if (layers.empty()) return;
  const auto engine = make_engine(options.engine, {options.threads});
  Case made = make_case(options, model, spread(layers, options.layers), *engine);
  const Full expected = run_full(made, *engine);
  for (Response response : responses) compare(made, *engine, response, expected);
}

void compare_all(const Options& options) {
  const Model model = read_model(options.files);
  const LayerKinds layers = split_layers(model);
  std::cout << nlohmann::json({{"windowed", names_of(layers.windowed)},
                               {"behind", names_of(layers.behind)},
                               {"full", names_of(layers.full)}})
            << std::endl;
  compare_some(options, model, layers.windowed, {Response::location, Response::max, Response::sum});
  compare_some(options, model, layers.behind, {Response::location});
}

}  // namespace
}  // namespace rfmap

int main(int argc, char** argv) {
  const rfmap::Options options = rfmap::parse(argc, argv);
  try {
    rfmap::compare_all(options);
  } catch (const rfmap::Error& error) {
    std::cerr << "compare_windows: " << error.what() << "\n";
    return error.exit_code();
  } catch (const std::exception& error) {
    std::cerr << "compare_windows: " << error.what() << "\n";
    return rfmap::kExitFault;
  }
  return 0;
}
