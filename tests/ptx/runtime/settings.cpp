#include "ptx/runtime/settings.h"

#include <cstdio>
#include <cstdlib>

namespace rfmap::ptx {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Settings from_environment() {
  Settings s;
  const std::string order = variable("RFMAP_PTX_ORDER");
  if (order == "eager") {
    s.order = Order::eager;
  } else if (order.rfind("random", 0) == 0) {
    s.order = Order::random;
    if (order.size() > 7) s.random.seed(unsigned(std::stoul(order.substr(7))));
  } else if (!order.empty() && order != "lazy") {
    std::fprintf(stderr, "RFMAP_PTX_ORDER=%s: lazy, eager, random or random:SEED\n", order.c_str());
    std::abort();
  }
  if (const std::string text = variable("RFMAP_PTX_MEMORY"); !text.empty())
    s.memory = std::stoul(text);
  if (const std::string text = variable("RFMAP_PTX_DEVICES"); !text.empty())
    s.devices = std::stoi(text);
  if (const std::string text = variable("RFMAP_PTX_LOST_AFTER"); !text.empty())
    s.lost_after = std::stol(text);
  s.fault = variable("RFMAP_PTX_FAULT");
  return s;
}

}  // namespace

Settings& settings() {
  static Settings& all = *new Settings(from_environment());
  return all;
}

}  // namespace rfmap::ptx
