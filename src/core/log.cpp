#include "rfmap/log.h"

#include <utility>

namespace rfmap::log {
namespace {

Sink& sink() {
  static Sink held;
  return held;
}

}  // namespace

void set_sink(Sink to) { sink() = std::move(to); }

void write(Level level, const std::string& text) {
  if (sink()) sink()(level, text);
}

}  // namespace rfmap::log
