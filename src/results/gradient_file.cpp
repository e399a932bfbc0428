#include "rfmap/gradient_file.h"

#include <span>

#include "results/h5/attribute_io.h"
#include "results/h5/pending_file.h"
#include "results/schema.h"
#include "results/write_run.h"

namespace rfmap {
using namespace results;
namespace {

using h5::Type;
using Integers = std::vector<std::int64_t>;

const std::vector<Item>& map_file_items() {
  static const std::vector<Item> items = {
      {"y", Type::int32, {"y"}, "row of the network's input", "px"},
      {"x", Type::int32, {"x"}, "column of the network's input", "px"},
      {"support", Type::uint8, {"y", "x"}, "1 where a gradient is not 0", "1", true},
      {"absolute", Type::float32, {"y", "x"}, "mean absolute gradient", "1", true},
      {"signed", Type::float32, {"y", "x"}, "mean gradient", "1", true},
      {"squared", Type::float32, {"y", "x"}, "mean squared gradient", "1", true},
  };
  return items;
}

void write_neuron(const Scope& root, const std::string& name, const NeuronGradient& neuron) {
  const h5::Group group = h5::create_group(root.group, name);
  const Scope scope{group.get(), &root};
  h5::write_attribute(group.get(), "layer", neuron.layer);
  h5::write_attribute(group.get(), "kind", neuron.kind);
  h5::write_attribute(group.get(), "channel", std::int64_t(neuron.channel));
  h5::write_attribute(group.get(), "position", Integers{neuron.position.y, neuron.position.x});
  const Rect& box = neuron.box;
  h5::write_attribute(group.get(), "rf_box", Integers{box.y0, box.x0, box.y1, box.x1});
  h5::write_attribute(group.get(), "samples", std::int64_t(neuron.maps.samples));
  const GradientMaps& maps = neuron.maps;
  const Extents extents{{{"y", hsize_t(maps.input.h)}, {"x", hsize_t(maps.input.w)}}};
  const auto& items = map_file_items();
  write_item(scope, item_of(items, "support"), extents, maps.support);
  write_item(scope, item_of(items, "absolute"), extents, maps.absolute);
  write_item(scope, item_of(items, "signed"), extents, maps.signed_sum);
  write_item(scope, item_of(items, "squared"), extents, maps.squared);
}

}  // namespace

void write_gradient_file(const std::string& path, const Attributes& attributes,
                         const std::vector<NeuronGradient>& neurons) {
  PendingFile file(path);
  file.guarded([&] {
    const Scope root{file.id()};
    h5::write_attribute(root.group, "format", std::string("rfmap-gradient-1"));
    for (const auto& [name, value] : attributes) h5::write_attribute(root.group, name, value);
    const Size input = neurons.front().maps.input;
    const Extents extents{{{"y", hsize_t(input.h)}, {"x", hsize_t(input.w)}}};
    write_item(root, item_of(map_file_items(), "y"), extents, counting(input.h));
    write_item(root, item_of(map_file_items(), "x"), extents, counting(input.w));
    const h5::Group all = h5::create_group(root.group, "neurons");
    const Scope scope{all.get(), &root};
    for (std::size_t i = 0; i < neurons.size(); ++i)
      write_neuron(scope, std::to_string(i), neurons[i]);
  });
  file.commit();
}

}  // namespace rfmap
