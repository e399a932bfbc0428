#include "engine/tables.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "rfmap/error.h"

#include "core/overloaded.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

/// Lays tables out one behind the other; without memory it only counts.
class Layout {
 public:
  Layout(std::byte* host, std::byte* device) : host_(host), device_(device) {}

  template <class Entry>
  const Entry* put(std::span<const Entry> table, std::size_t wanted) {
    if (wanted == 0) return nullptr;
    if (table.size() < wanted)
      throw EngineError("a table of the call has " + std::to_string(table.size()) +
                        " entries, the program reads " + std::to_string(wanted));
    const std::size_t offset = bytes_;
    bytes_ += aligned(wanted * sizeof(Entry));
    if (!host_) return nullptr;
    std::memcpy(host_ + offset, table.data(), wanted * sizeof(Entry));
    return reinterpret_cast<const Entry*>(device_ + offset);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte *host_, *device_;
  std::size_t bytes_ = 0;
};

template <class Entry>
void put_all(Layout& layout, const std::vector<std::span<const Entry>>& given,
             const std::vector<std::size_t>& sizes, std::vector<const Entry*>& tables) {
  for (std::size_t t = 0; t < sizes.size(); ++t)
    tables.push_back(layout.put(t < given.size() ? given[t] : std::span<const Entry>(), sizes[t]));
}

DeviceTables lay_out(Layout& layout, const TableSizes& sizes, const Call& call) {
  DeviceTables tables;
  tables.images = layout.put(call.images, sizes.images);
  tables.occluders = layout.put(call.occluders, sizes.occluders);
  tables.parents = layout.put(call.parents, sizes.parents);
  tables.channels = layout.put(call.channels, sizes.channels);
  put_all(layout, call.windows, sizes.windows, tables.windows);
  put_all(layout, call.live, sizes.live, tables.live);
  for (int t = 0; t < sizes.reads; ++t)
    tables.reads.push_back(layout.put(call.reads[t], call.reads[t].size()));
  for (int t = 0; t < sizes.points; ++t)
    tables.points.push_back(layout.put(call.points[t], call.points[t].size()));
  return tables;
}

void need(std::size_t& size, std::size_t entries) { size = std::max(size, entries); }

void need_table(std::vector<std::size_t>& tables, int table, std::size_t entries) {
  if (table < 0) return;
  if (tables.size() <= std::size_t(table)) tables.resize(table + 1);
  need(tables[table], entries);
}

void need_points(TableSizes& sizes, const Program& program, const Step& step,
                 const ReadPoints& read) {
  sizes.points = std::max(sizes.points, read.table + 1);
  if (read.kind == Response::location) return;
  const Value& value = program.values[step.inputs.front()];
  need_table(sizes.windows, value.window, value.batch);
  need_table(sizes.live, value.window, value.batch);
}

void need_changed_map(TableSizes& sizes, const Program& program, const Step& step,
                      const ChangedMap& map) {
  const std::size_t batch = program.values[step.output].batch;
  need(sizes.occluders, batch);
  need_table(sizes.windows, map.window, batch);
  if (map.selected) need(sizes.channels, batch);
  if (map.paste_window < 0) return;
  need_table(sizes.windows, map.paste_window, program.values[step.inputs.back()].batch);
  if (map.parents) need(sizes.parents, batch);
}

}  // namespace

TableSizes table_sizes(const Program& program) {
  TableSizes sizes;
  for (const Step& step : program.steps) {
    const std::size_t batch = step.output < 0 ? 0 : program.values[step.output].batch;
    const auto count = core::Overloaded{
        [&](const LoadImages&) {
          need(sizes.images, batch * program.values[step.output].shape.volume());
        },
        [&](const Occlude&) { need(sizes.occluders, batch); },
        [](const Compute&) {},
        [&](const ReadResponse& r) { sizes.reads = std::max(sizes.reads, r.table + 1); },
        [](const ReadExtrema&) {},
        [](const ReadMap&) {},
        [&](const CropWindow& crop) { need_changed_map(sizes, program, step, crop); },
        [&](const GatherWindow& gather) { need_changed_map(sizes, program, step, gather); },
        [&](const SelectedConv&) { need(sizes.channels, batch); },
        [&](const WindowAverage& a) { need_table(sizes.windows, a.window, batch); },
        [&](const ReadPoints& r) { need_points(sizes, program, step, r); },
    };
    std::visit(count, step.kind);
  }
  return sizes;
}

bool TableStage::reserve(const TableSizes& sizes, const Call& call) {
  Layout count(nullptr, nullptr);
  lay_out(count, sizes, call);
  if (count.bytes() <= memory_.bytes()) return false;
  const std::size_t bytes = count.bytes() + count.bytes() / 2;  // calls differ in what they read
  device_->wait();
  memory_ = Memory();
  host_ = Memory();
  Memory memory(device_, bytes);  // both or none, should one of them not fit
  host_ = Memory(device_, bytes, Memory::Place::host);
  memory_ = std::move(memory);
  return true;
}

DeviceTables TableStage::upload(const TableSizes& sizes, const Call& call) {
  Layout layout(host_.data(), memory_.data());
  DeviceTables tables = lay_out(layout, sizes, call);
  if (layout.bytes() > 0) device_->upload(memory_.data(), host_.data(), layout.bytes(), Queue::in);
  device_->order(Queue::in, Queue::compute);
  return tables;
}

}  // namespace rfmap::cuda
