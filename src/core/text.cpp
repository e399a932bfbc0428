#include "core/text.h"

#include <sstream>

#include <fmt/format.h>

namespace rfmap::core {

std::vector<std::string> wrapped(const std::string& text,
                                 const std::function<bool(const std::string&)>& fits) {
  std::istringstream words(text);
  std::vector<std::string> lines{""};
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    const std::string longer = line.empty() ? word : fmt::format("{} {}", line, word);
    if (line.empty() || fits(longer))
      line = longer;
    else
      lines.push_back(word);
  }
  return lines;
}

}  // namespace rfmap::core
