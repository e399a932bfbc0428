#include "core/text.h"

#include <sstream>

namespace rfmap {

std::vector<std::string> wrapped(const std::string& text,
                                 const std::function<bool(const std::string&)>& fits) {
  std::istringstream words(text);
  std::vector<std::string> lines{""};
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty())
      line = word;
    else if (fits(line + " " + word))
      line += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

}  // namespace rfmap
