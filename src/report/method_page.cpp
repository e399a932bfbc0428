#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "report/html.h"
#include "report/pages.h"

namespace rfmap::report {
namespace {

constexpr std::size_t kMostNamed = 200;  // images

constexpr const char* kSteps = R"(<ol>
<li>Every image of the set goes through the network; of each unit (a channel of a layer) the K images
with its largest responses are kept, with the location of its strongest response.</li>
<li>Each of them is shown again many times, a small occluder laid over it at another place of a grid
each time. The change of the unit's response, place by place, is the image's discrepancy map.</li>
<li>The K maps are shifted so that the centre of the neuron's theoretical field lies in the middle, and
averaged: the unit's empirical receptive field.</li>
<li>Its size is read from the mean map by the rule below, with a 95 % interval from a bootstrap over
the K images. The occluder itself widens what it measures; the size that a flat field would read says
by how much.</li>
</ol>
)";

constexpr const char* kCitation = R"(<p>Where you use these fields, please cite the method:</p>
<p>B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba: <cite>Object Detectors Emerge in Deep
Scene CNNs</cite>. International Conference on Learning Representations (ICLR), 2015. arXiv:1412.6856
</p>
<pre>@inproceedings{zhou2015object,
  title     = {Object Detectors Emerge in Deep Scene {CNN}s},
  author    = {Zhou, Bolei and Khosla, Aditya and Lapedriza, Agata and Oliva, Aude
               and Torralba, Antonio},
  booktitle = {International Conference on Learning Representations (ICLR)},
  year      = {2015},
  note      = {arXiv:1412.6856}
}</pre>
)";

/// Attributes shown elsewhere on the page, or of no use to a reader.
bool is_hidden(std::string_view name) {
  constexpr std::array<std::string_view, 4> hidden{"config", "command_line", "identity", "format"};
  return std::ranges::find(hidden, name) != hidden.end();
}

std::string choices(const Attributes& attributes) {
  std::string html = "<table><tbody>\n";
  for (const auto& [name, value] : attributes) {
    if (is_hidden(name)) continue;
    const std::string text = recorded_text(attributes, name);
    if (text.empty()) continue;
    html += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"wrap\">{}</td></tr>\n",
                        escaped(name), escaped(text));
  }
  return scroll_region("Recorded choices", html + "</tbody></table>");
}

std::string listing(const std::vector<std::string>& sentences) {
  std::string html = "<ul>";
  for (std::size_t i = 0; i < sentences.size() && i < kMostNamed; ++i)
    html += fmt::format("<li>{}</li>", escaped(sentences[i]));
  if (sentences.size() > kMostNamed)
    html += fmt::format("<li>and {} more</li>", sentences.size() - kMostNamed);
  return html + "</ul>";
}

std::string images(const Source& source) {
  const RunRecord& run = source.results.run();
  std::vector<std::string> skipped;
  for (std::size_t i = 0; i < run.images.size(); ++i)
    if (run.image_status[i] != 0) skipped.push_back(run.images[i].path);
  const auto damaged = run.image_status.count(std::uint8_t(ImageStatus::damaged));
  std::string html = fmt::format(
      "<p>{} images were listed, {} of them could not be read and were "
      "skipped{}{}</p>",
      run.images.size(), skipped.size(), damaged ? fmt::format(" ({} as damaged)", damaged) : "",
      skipped.empty() ? "." : ":");
  if (!skipped.empty()) html += listing(skipped);
  const std::vector<std::string> missing = source.images.missing();
  if (!missing.empty())
    html += "<p class=\"warn\">Not there when this report was made:</p>" + listing(missing);
  return html;
}

}  // namespace

std::string method_page(const Source& source) {
  const Attributes& a = source.results.run().attributes;
  std::string body = "<h1>How it was measured</h1>\n";
  body += kSteps;
  body += "<h2>How to cite it</h2>\n" + std::string(kCitation);
  body += fmt::format("<h2>Command</h2><pre tabindex=\"0\">{}</pre>\n",
                      escaped(recorded_text(a, "command_line", "not recorded")));
  const std::string config = recorded_text(a, "config");
  if (!config.empty())
    body += fmt::format(
        "<details><summary>The same as a file for rfmap estimate --config</summary><pre "
        "tabindex=\"0\">{}</pre></details>\n",
        escaped(config));
  body += "<h2>Every recorded choice</h2>\n" + choices(a);
  body += "\n<h2>Images</h2>\n" + images(source);
  return page({"How it was measured - " + source.title,
               "",
               {{source.title, "index.html"}, {"How it was measured", ""}}},
              body);
}

}  // namespace rfmap::report
