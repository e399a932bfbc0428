#include "run/windows/tables.h"

#include <algorithm>
#include <cstddef>

namespace rfmap::run {
using namespace plan;

void WindowTables::resize(std::size_t windows, int batch) {
  first.resize(windows);
  live.resize(windows);
  for (auto& table : first) table.resize(batch);
  for (auto& table : live) table.resize(batch);
  occluders.clear();
  parents.clear();
  channels.clear();
}

void WindowTables::set(std::size_t sample, std::span<const WindowPlace> y,
                       std::span<const WindowPlace> x) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    const Extent &rows = y[i].live, &columns = x[i].live;
    first[i][sample] = {y[i].first, x[i].first};
    const bool any = rows.size() > 0 && columns.size() > 0;
    live[i][sample] = any ? Rect{rows.begin, columns.begin, rows.end, columns.end} : Rect{};
  }
}

void WindowTables::fill_up(int batch) {
  const auto count = std::ptrdiff_t(occluders.size());
  for (auto& table : first)
    std::fill(table.begin() + count, table.end(), table[std::size_t(count) - 1]);
  for (auto& table : live) std::fill(table.begin() + count, table.end(), Rect{});
  occluders.resize(batch, occluders.back());
  for (auto* table : {&parents, &channels})
    if (!table->empty()) table->resize(batch, table->back());
}

void WindowTables::append_to(Call& call) const {
  for (const auto& table : first) call.windows.emplace_back(table);
  for (const auto& table : live) call.live.emplace_back(table);
}

}  // namespace rfmap::run
