#include "report/figures/forward.h"

#include "rfmap/error.h"

#include "engines/make_engine.h"
#include "plan/programs.h"

namespace rfmap::figures {
using namespace plan;
using namespace engines;

Forward::Forward(const Graph& graph, const std::vector<int>& nodes,
                 const Preprocessing& preprocessing)
    : preprocessing_(preprocessing), engine_(make_engine("cpu", {})) {
  for (const int node : nodes) shapes_.push_back(graph.nodes[std::size_t(node)].shape);
  ProgramSet set;
  set.programs.push_back(map_program(graph, nodes, 1));
  session_ = engine_->compile(set);
}

std::vector<LayerMap> Forward::operator()(const Crop& crop) {
  std::vector<float> image(crop.pixels.size());
  normalize(preprocessing_, crop.pixels, crop.shape, image);
  Reply reply;
  Call call;
  call.images = image;
  session_->run(0, call, reply);
  std::vector<LayerMap> maps;
  for (std::size_t i = 0; i < shapes_.size(); ++i)
    maps.push_back({shapes_[i], std::move(reply.maps[i])});
  return maps;
}

Crop require_image(const ImageRef& image, const Preprocessing& preprocessing, int channels) {
  LoadedImage loaded = load_image(image, preprocessing, channels);
  if (!loaded.problem.empty()) throw DataError(loaded.problem);
  return std::move(loaded.crop);
}

}  // namespace rfmap::figures
