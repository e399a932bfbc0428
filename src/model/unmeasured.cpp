#include "model/unmeasured.h"

#include <cstddef>
#include <initializer_list>

#include <fmt/format.h>

#include "model/names.h"

namespace rfmap::importing {
namespace {

bool has_any(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    if (text.find(word) != std::string::npos) return true;
  return false;
}

}  // namespace

std::string lost_text(const Unsupported& lost) {
  return fmt::format("node '{}' ({}), which is not supported: {}", lost.node, lost.operation,
                     lost.reason);
}

std::string way_out(const Unsupported& lost) {
  if (lost.operation == "Input") return "an export with one input would help";
  if (has_any(lost.operation, {"Quantize", "QLinear", "Integer"}))
    return "an export in float, before quantisation, would help";
  if (has_any(lost.reason, {"the domain '"}))
    return "an export with ONNX's own operations would help";
  if (has_any(lost.reason, {"values and is given", "cannot be reshaped", "differ in"}))
    return "the --input-size that the network was made for would help";
  if (has_any(lost.operation, {"If", "Loop", "Scan", "Where", "Gather", "Shape", "Expand"}))
    return "onnxsim with a fixed input size may remove it";
  return "onnxsim may replace it, and --layers takes layers that do not need it";
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  if (names.size() <= kShown + 1) return quoted_list(names, "and");
  std::string text;
  for (std::size_t i = 0; i < kShown; ++i) text += (i > 0 ? ", '" : "'") + names[i] + "'";
  return text + fmt::format(" and {} more", names.size() - kShown);
}

}  // namespace rfmap::importing
