#include "rfmap/gradient_file.h"

#include <cstdint>
#include <string>
#include <vector>

#include "results/h5/attribute_io.h"
#include "results/h5/pending_file.h"
#include "results/schema.h"
#include "results/write_run.h"

namespace rfmap {
using namespace results;
namespace {

using h5::Type;
using Integers = std::vector<std::int64_t>;

Item map(std::string_view name, Type type, std::string_view long_name) {
  return {name, type, {"y", "x"}, long_name, "1", 1, true};
}

void write_neuron(const h5::Group& all, const std::string& name, const NeuronGradient& neuron) {
  const h5::Group group = h5::create_group(all.get(), name);
  const Rect& box = neuron.box;
  const GradientMaps& maps = neuron.maps;
  h5::write_attributes(group.get(), {{"layer", neuron.layer},
                                     {"kind", neuron.kind},
                                     {"channel", std::int64_t(neuron.channel)},
                                     {"position", Integers{neuron.position.y, neuron.position.x}},
                                     {"rf_box", Integers{box.y0, box.x0, box.y1, box.x1}},
                                     {"samples", std::int64_t(maps.samples)}});
  const Scope scope{group.get()};
  const Extents extents{{"y", hsize_t(maps.input.h)}, {"x", hsize_t(maps.input.w)}};
  write_item(scope, map("support", Type::uint8, "1 where a gradient is not 0"), extents,
             maps.support);
  write_item(scope, map("absolute", Type::float32, "mean absolute gradient"), extents,
             maps.absolute);
  write_item(scope, map("signed", Type::float32, "mean gradient"), extents, maps.signed_sum);
  write_item(scope, map("squared", Type::float32, "mean squared gradient"), extents, maps.squared);
}

}  // namespace

void write_gradient_file(const std::string& path, const Attributes& attributes,
                         const std::vector<NeuronGradient>& neurons) {
  PendingFile file(path);
  file.guarded([&] {
    const Scope root{file.id()};
    h5::write_attribute(root.group, "format", std::string("rfmap-gradient-1"));
    h5::write_attributes(root.group, attributes);
    const Size input = neurons.front().maps.input;
    const Extents extents{{"y", hsize_t(input.h)}, {"x", hsize_t(input.w)}};
    write_counting(root, {"y", Type::int32, {"y"}, "row of the network's input", "px"}, extents);
    write_counting(root, {"x", Type::int32, {"x"}, "column of the network's input", "px"}, extents);
    const h5::Group all = h5::create_group(root.group, "neurons");
    for (std::size_t i = 0; i < neurons.size(); ++i)
      write_neuron(all, std::to_string(i), neurons[i]);
  });
  file.commit();
}

}  // namespace rfmap
