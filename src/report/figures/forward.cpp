#include "report/figures/forward.h"

#include <memory>

#include "engines/make_engine.h"
#include "plan/programs.h"

namespace rfmap::figures {
using namespace plan;
using namespace engines;

Forward make_forward(const Graph& graph, const std::vector<int>& nodes,
                     const Preprocessing& preprocessing) {
  std::vector<Shape> shapes;
  for (const int node : nodes) shapes.push_back(graph.nodes[node].shape);
  ProgramSet set;
  set.programs.push_back(map_program(graph, nodes, 1));
  const std::shared_ptr<Engine> engine = make_engine("cpu", {});
  const std::shared_ptr<Session> session = engine->compile(set);
  return [shapes, preprocessing, engine, session](const Crop& crop) {
    std::vector<float> image(crop.pixels.size());
    normalize(preprocessing, crop.pixels, crop.shape, image);
    Reply reply;
    Call call;
    call.images = image;
    session->run(0, call, reply);
    std::vector<LayerMap> maps;
    for (std::size_t i = 0; i < shapes.size(); ++i)
      maps.push_back({shapes[i], std::move(reply.maps[i])});
    return maps;
  };
}

}  // namespace rfmap::figures
