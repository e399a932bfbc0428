#include "rfmap/recorded.h"

#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "rfmap/choices.h"
#include "rfmap/error.h"

#include "core/mean_map.h"

namespace rfmap {
namespace {

template <class E, std::size_t N>
E named(const Attributes& attributes, const std::string& name, const Names<E, N>& names) {
  const std::string text = recorded_text(attributes, name, names.front().first);
  for (const auto& [word, value] : names)
    if (word == text) return value;
  throw DataError("the results' attribute " + name + " says \"" + text +
                  "\", which this version of rfmap does not know");
}

AggregateRules rules_of(const Attributes& a) {
  AggregateRules rules;
  rules.discrepancy = named(a, "discrepancy", kDiscrepancies);
  rules.deposit = named(a, "deposit", kDeposits);
  rules.upsample = named(a, "upsample", kUpsamples);
  rules.normalize = named(a, "normalize", kNormalizes);
  rules.border = named(a, "border", kBorders);
  rules.size_rule = named(a, "size-rule", kSizeRules);
  const Attribute* cut = find_attribute(a, "size-cut");
  if (const double* value = cut ? std::get_if<double>(cut) : nullptr) rules.size_cut = *value;
  return rules;
}

Preprocessing preprocessing_of(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  Preprocessing p;
  p.mean = json.at("mean").get<std::vector<double>>();
  p.std = json.at("std").get<std::vector<double>>();
  p.scale = json.at("scale").get<double>();
  const std::string order = json.at("channels").get<std::string>();
  p.order = order == "bgr"   ? ChannelOrder::bgr
            : order == "rgb" ? ChannelOrder::rgb
                             : ChannelOrder::gray;
  p.crop_half_to_even = json.contains("crop_offset");
  p.crop = {json.at("crop").at(0).get<int>(), json.at("crop").at(1).get<int>()};
  const auto& resize = json.at("resize");
  if (resize.is_number())
    p.resize_short = resize.get<int>();
  else
    p.resize_warp = {resize.at(0).get<int>(), resize.at(1).get<int>()};
  return p;
}

}  // namespace

Recorded recorded(const RunRecord& run) {
  Recorded r;
  r.rules = rules_of(run.attributes);
  try {
    r.preprocessing = preprocessing_of(recorded_text(run.attributes, "preprocessing", "{}"));
  } catch (const nlohmann::json::exception&) {
    throw DataError(
        "the results' attribute preprocessing cannot be understood, so no image can be shown as "
        "the network saw it; rfmap check says more of the file");
  }
  const Attribute* shape = find_attribute(run.attributes, "input_shape");
  if (const auto* sides = shape ? std::get_if<std::vector<std::int64_t>>(shape) : nullptr)
    if (!sides->empty()) r.channels = int(sides->front());
  return r;
}

std::string recorded_text(const Attributes& attributes, const std::string& name,
                          const std::string& fallback) {
  const Attribute* attribute = find_attribute(attributes, name);
  if (!attribute) return fallback;
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>)
          return v;
        else if constexpr (std::is_arithmetic_v<T>)
          return fmt::format("{}", v);
        else
          return fmt::format("{}", fmt::join(v, ", "));
      },
      *attribute);
}

CountedMean counted_mean(const UnitRecord& unit, Border border) {
  const UnitField& field = unit.field;
  CountedMean counted{only_counted({field.mean, field.count}, unit.peaks.size(), border)};
  for (const float v : counted.values)
    if (v > counted.peak) counted.peak = v;
  return counted;
}

}  // namespace rfmap
