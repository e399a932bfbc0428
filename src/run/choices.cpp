#include "rfmap/choices.h"

#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rfmap {
namespace {

MethodChoice text(const char* name, std::string value) { return {name, value, value}; }

MethodChoice flag(const char* name, bool value) {
  return {name, value ? "true" : "false", std::int64_t(value)};
}

MethodChoice whole(const char* name, std::int64_t value) {
  return {name, std::to_string(value), value};
}

MethodChoice real(const char* name, double value) {
  return {name, fmt::format("{}", value), value};
}

MethodChoice sides(const char* name, Size value) {
  return {name, fmt::format("{}x{}", value.h, value.w),
          std::vector<std::int64_t>{value.h, value.w}};
}

}  // namespace

std::vector<MethodChoice> method_choices(const Config& c) {
  const AggregateRules& r = c.rules;
  return {
      text("weights-control", name_of(kWeightsControls, c.weights_control)),
      text("cluster", name_of(kClusters, c.cluster)),
      flag("keep-maps", c.keep_maps),
      flag("with-gradient", c.with_gradient),
      text("layers", c.layers.empty() ? "default" : fmt::format("{}", fmt::join(c.layers, ","))),
      text("units", c.units),
      flag("before-activation", c.before_activation),
      whole("top-k", c.top_k),
      whole("bottom-k", c.bottom_k),
      sides("occluder", c.occluder),
      sides("stride", c.stride),
      text("fill", name_of(kFills, c.fill)),
      whole("seed", std::int64_t(c.seed)),
      flag("overhang", c.overhang),
      text("response", name_of(kResponses, c.response)),
      text("recentre", name_of(kRecentres, r.recentre)),
      text("discrepancy", name_of(kDiscrepancies, r.discrepancy)),
      text("deposit", name_of(kDeposits, r.deposit)),
      text("upsample", name_of(kUpsamples, r.upsample)),
      text("normalize", name_of(kNormalizes, r.normalize)),
      text("border", name_of(kBorders, r.border)),
      text("size-rule", name_of(kSizeRules, r.size_rule)),
      real("size-cut", r.size_cut),
      text("preset", c.preset.empty() ? "none" : c.preset)};
}

}  // namespace rfmap
