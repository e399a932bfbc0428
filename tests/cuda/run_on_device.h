#pragma once

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/log.h"

#include "engine/network.h"
#include "results/parts.h"
#include "run/compute.h"
#include "temporary_folder.h"

namespace rfmap {

/// Two layers of a small network, a few images of noise, and folders for what runs commit.
class RunOnDevice : public testing::Test {
 protected:
  static constexpr int kImages = 5;

  void SetUp() override {
    run_.model.graph = network();
    run_.preprocessing.scale = 1.0 / 128;
    run_.preprocessing.mean = {128};
    run_.preprocessing.crop = {33, 31};
    run_.grid = make_grid({33, 31}, run_.method.occluder, run_.method.stride);
    const std::vector<Field> fields = theoretical_fields(run_.model.graph);
    for (int node : {2, 5}) add_layer(node, fields[node]);
    for (int i = 0; i < kImages; ++i) add_image(i);
    run_.output.path = work_ + "/out.h5";
    run_.method.top_k = 3;
    run_.threads = 1;
    run_.output.commit_every = 1e9;  // but for failures
    log::set_sink([this](log::Level, const std::string& text) { log_ << text << '\n'; });
  }
  void TearDown() override { log::set_sink({}); }

  run::RunFolder folder(const std::string& name,
                        run::RunFolder::Existing existing = run::RunFolder::Existing::overwrite) {
    return run::RunFolder(work_ + "/" + name, {{"run", "test"}}, existing);
  }

  /// All change maps, one after the other.
  std::vector<float> maps(const run::RunFolder& folder, const run::Computed& computed) {
    const std::size_t positions = run_.grid.positions();
    std::vector<float> all(computed.pairs.size() * positions);
    results::PartsReader parts(folder.parts(run::RunFolder::Part::map), folder.fingerprint());
    for (std::size_t p = 0; p < computed.pairs.size(); ++p)
      parts.read(std::int64_t(p), std::span(all).subspan(p * positions, positions));
    return all;
  }

  /// How often the run said so.
  int told(const std::string& what) const {
    int count = 0;
    const std::string text = log_.str();
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
    return count;
  }

  run::Run run_;
  std::ostringstream log_;

 private:
  Graph network() {
    using namespace testing_engines;
    Network net({3, 33, 31});
    net.add(random_conv(draw_, 3, 8, {5, 5}));
    net.add(relu());
    Pool pool;
    pool.kernel = {3, 3};
    pool.stride = {2, 2};
    net.add(pool);
    net.add(random_conv(draw_, 8, 6, {3, 3}));
    net.add(relu());
    return net.graph;
  }

  void add_layer(int node, const Field& field) {
    run::MeasuredLayer layer;
    layer.name = run_.model.graph.nodes[node].name;
    layer.node = node;
    layer.shape = run_.model.graph.nodes[node].shape;
    layer.field = field;
    layer.units = {0, 3, 5};
    run_.layers.push_back(layer);
  }

  void add_image(int i) {
    Crop crop{{3, 33, 31}, std::vector<std::uint8_t>(3 * 33 * 31)};
    for (auto& pixel : crop.pixels) pixel = std::uint8_t(draw_.below(256));
    const std::string path = work_ + "/" + std::to_string(i) + ".png";
    write_png(path, crop, ChannelOrder::rgb);
    run_.images.push_back({path});
  }

  testing_engines::Draw draw_{7};
  TemporaryFolder temporary_;
  std::string work_ = temporary_.path().string();
};

}  // namespace rfmap
