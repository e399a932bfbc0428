#include "unit/results_sample.h"

#include <cmath>
#include <limits>
#include <random>

#include <unistd.h>

namespace rfmap::sample {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr int kImages = 7;

AxisField axis(double start, double stride, double size) {
  AxisField field;
  field.pieces = {{start, stride, size}};
  return field;
}

/// A bump off the centre, cut to 0 where it is small.
std::vector<float> bump(const Canvas& canvas, std::mt19937& draw) {
  std::uniform_real_distribution<float> within(0.6f, 1.4f);
  const double sy = canvas.height / 6.0 * within(draw), sx = canvas.width / 5.0 * within(draw);
  std::vector<float> map;
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x) {
      const double dy = (y - canvas.height / 2.0) / sy, dx = (x - canvas.width / 2.2) / sx;
      map.push_back(float(std::exp(-0.5 * (dy * dy + dx * dx))) * within(draw));
    }
  return map;
}

UnitField undriven(const Canvas& canvas) {
  UnitField field;
  const std::size_t pixels = std::size_t(canvas.height) * std::size_t(canvas.width);
  field.mean.assign(pixels, kNan);
  field.count.assign(pixels, 0);
  field.sizes = {kNan, kNan, kNan, kNan, kNan, kNan, {kNan, kNan, kNan, kNan}, {}};
  field.sizes.gaussian.parameters.fill(kNan);
  field.sizes.gaussian.r2 = kNan;
  field.size = field.truncated = kNan;
  field.interval = {kNan, kNan};
  field.bias = field.equivalent = field.thinned = field.reliability = field.inhibition = kNan;
  field.signed_mean = field.mean;
  return field;
}

UnitField driven(const Canvas& canvas, int images, std::mt19937& draw) {
  UnitField field;
  field.mean = bump(canvas, draw);
  field.count.assign(field.mean.size(), std::uint16_t(images));
  for (int x = 0; x < canvas.width; ++x) {  // a first row that no image reaches
    field.mean[std::size_t(x)] = kNan;
    field.count[std::size_t(x)] = 0;
  }
  std::vector<std::uint8_t> counted;
  for (int c : field.count) counted.push_back(c > 0);
  field.sizes = measure_sizes(field.mean, counted, canvas, 0.1);
  field.size = field.sizes.cut;
  field.interval = {field.size - 1, field.size + 2};
  field.truncated = 0.125f;
  field.bias = 1.25f;
  field.equivalent = field.size - 3;
  field.thinned = field.size + 0.5f;
  field.reliability = 0.875f;
  field.inhibition = 0.25f;
  field.signed_mean = field.mean;
  for (int r = 0; r < images; ++r) field.rank_centroid.push_back({0.5 * r, -1.0 * r});
  for (int r = 0; r < images; ++r) field.rank_size.push_back(field.size + float(r));
  return field;
}

std::vector<Peak> peaks(const LayerRecord& layer, int count, Ranking ranking, std::mt19937& draw) {
  std::vector<Peak> list;
  const int first = int(draw() % kImages);
  for (int r = 0; r < count; ++r) {
    const float strength = 10 - 1.5f * float(r);
    list.push_back({(first + r) % (kImages - 1),
                    ranking == Ranking::top ? strength : -strength,
                    {int(draw() % unsigned(layer.map.h)), int(draw() % unsigned(layer.map.w))}});
  }
  return list;
}

}  // namespace

RunRecord run() {
  RunRecord record;
  record.attributes = {{"program", std::string("rfmap")},
                       {"config", std::string("top-k = 3\n[model]\nname = \"caf\xc3\xa9\"\n")},
                       {"weights_sha256", std::string()},
                       {"input_shape", std::vector<std::int64_t>{3, 31, 29}},
                       {"fill", std::string("noise")},
                       {"seed", std::int64_t(7)},
                       {"size-cut", 0.1},
                       {"mean", std::vector<double>{104.5, 117, 123.25}}};
  record.grid = make_grid({31, 29}, {5, 3}, {4, 3});
  record.occluder = record.grid.occluder;
  record.patch_channels = 3;
  for (int p = 0; p < record.grid.positions(); ++p) {
    const auto patch = noise_patch(5, p, 3, record.occluder);
    record.patches.insert(record.patches.end(), patch.begin(), patch.end());
  }
  for (int i = 0; i < kImages; ++i) {
    record.images.push_back(
        {"/photographs/caf\xc3\xa9 caf\xe9/" + std::string(std::size_t(i), 'x') + ".jpg",
         i == 1 ? "a class" : ""});
    record.image_sizes.push_back({i < kImages - 1 ? 40 + i : 0, i < kImages - 1 ? 60 + i : 0});
    record.image_clusters.push_back(i / 2 - 1);
    record.image_status.push_back(i < kImages - 1 ? 0 : 1);
  }
  record.with_gradient = true;
  record.layers = {"conv1", "branch/3x3", "branch:3x3"};
  return record;
}

LayerRecord layer(int index) {
  LayerRecord record;
  record.name = run().layers.at(std::size_t(index));
  record.kind = index == 0 ? "convolution" : "max pooling";
  record.channels = 8;
  record.map = {7 - index, 6};
  record.field.y = axis(-1.5, 4, index == 1 ? 13 : 11);  // of layer 1 boxes vary
  record.field.x = axis(-2, 4, 9);
  if (index == 2) {
    record.field.x.pieces.push_back({-3, 8, 15});
    record.field.x.aligned = record.field.y.aligned = false;
  }
  if (index == 1)
    for (int u = 0; u < record.map.h; ++u) record.field.y.boxes.push_back({u * 4.0, u * 4.0 + 10});
  record.canvas = {15 + 2 * index, 11};
  record.units = index == 0 ? std::vector<int>{0, 2, 5} : std::vector<int>{1, 3};
  record.top_k = 3;
  record.bottom_k = index == 0 ? 0 : 2 + (index == 2);
  record.size_flat = 12.25f + float(index);
  return record;
}

UnitRecord unit(int l, int index, Ranking ranking) {
  const LayerRecord record = layer(l);
  std::mt19937 draw(unsigned(100 * l + 10 * index + int(ranking) + 1));
  UnitRecord unit;
  if (l == 0 && index == 1) {
    unit.field = undriven(record.canvas);
    unit.rf_size = {11, 9};
    unit.noise_floor = kNan;
    unit.gradient = GradientField{unit.field.mean, kNan, kNan, kNan, kNan};
    return unit;
  }
  const bool top = ranking == Ranking::top;
  const int images = top ? record.top_k - (index == 1) : record.bottom_k;
  unit.peaks = peaks(record, images, ranking, draw);
  unit.field = driven(record.canvas, images, draw);
  unit.rf_size = {float(3 + 2 * index), 9};
  unit.noise_floor = 1e-6f * float(index + 1);
  unit.gradient = GradientField{bump(record.canvas, draw), 5.5f + float(index), 9, 0.75f, 0.5f};
  std::normal_distribution<float> normal;
  unit.change.resize(std::size_t(images) * std::size_t(run().grid.positions()));
  for (float& v : unit.change) v = normal(draw);
  return unit;
}

void write(const std::string& path, bool keep_maps) {
  RunRecord record = run();
  record.keep_maps = keep_maps;
  ResultsWriter writer(path, record);
  for (int l = 0; l < int(record.layers.size()); ++l) {
    const LayerRecord about = layer(l);
    writer.begin_layer(about);
    for (int u = 0; u < int(about.units.size()); ++u) {
      writer.write_unit(u, unit(l, u, Ranking::top), Ranking::top);
      if (about.bottom_k > 0) writer.write_unit(u, unit(l, u, Ranking::bottom), Ranking::bottom);
    }
    writer.end_layer();
  }
  writer.finish();
}

}  // namespace rfmap::sample
