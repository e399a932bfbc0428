#include <cmath>

#include <gmock/gmock.h>

#include "report/html.h"
#include "report/size_plot.h"

namespace rfmap {
using namespace report;
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Html, MarkupInNamesBecomesEntities) {
  EXPECT_EQ(escaped("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(escaped("conv1/3x3"), "conv1/3x3");
  EXPECT_EQ(escaped("Stra\xC3\x9F"
                    "e \xE2\x80\x93 \xF0\x9F\x90\x95"),
            "Stra\xC3\x9F"
            "e \xE2\x80\x93 \xF0\x9F\x90\x95");
}

TEST(Html, BytesThatAreNoTextAreReplaced) {
  const std::string unknown = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("a\xFF"
                    "b"),
            "a" + unknown + "b");
  EXPECT_EQ(escaped("\xC3"), unknown);                // cut off
  EXPECT_EQ(escaped("\xC0\xAF"), unknown + unknown);  // overlong "/"
  EXPECT_EQ(escaped(std::string("a\0b", 3)), "a" + unknown + "b");
  EXPECT_EQ(escaped("a\nb\tc"), "a\nb\tc");
}

TEST(Html, AddressesHoldHarmlessCharactersOnly) {
  EXPECT_EQ(slug("inception:3a/1x1 \"<\xC3\xA9"), "inception_3a_1x1_____");
  EXPECT_EQ(slug(std::string(300, 'm')).size(), 80u);
}

TEST(Html, NumbersAndTheirAbsence) {
  EXPECT_EQ(pixels_text(17.94), "17.9");
  EXPECT_EQ(pixels_text(NAN), "\xE2\x80\x93");
  EXPECT_EQ(value_text(0.000123456), "0.0001235");
}

TEST(Html, PagesEscapeTheirTitleAndLeadUp) {
  const std::string html = page(
      {"<script>", "../../", {{"a&b", "../../index.html"}, {"c", ""}}, "", "unit-2.html"}, "BODY");
  EXPECT_THAT(html, HasSubstr("<title>&lt;script&gt;</title>"));
  EXPECT_THAT(html, HasSubstr("<a href=\"../../index.html\">a&amp;b</a>"));
  EXPECT_THAT(html, HasSubstr("rel=\"next\" href=\"unit-2.html\""));
  EXPECT_THAT(html, Not(HasSubstr("rel=\"prev\"")));
  EXPECT_THAT(html, HasSubstr("../../assets/style.css"));
}

TEST(SizePlot, StepsAreRoundNumbers) {
  EXPECT_DOUBLE_EQ(round_step(1), 1);
  EXPECT_DOUBLE_EQ(round_step(1.2), 2);
  EXPECT_DOUBLE_EQ(round_step(33), 50);
  EXPECT_DOUBLE_EQ(round_step(0.07), 0.1);
}

/// Value of an attribute of the first element that holds `mark`.
double attribute_after(const std::string& svg, const std::string& mark, const std::string& name) {
  const std::size_t at = svg.find(name + "=\"", svg.find(mark));
  return std::stod(svg.substr(at + name.size() + 2));
}

TEST(SizePlot, MarksStandWhereTheAxisSays) {
  PlotLayer layer{"a<b", "layers/a.html", 100, NAN, 50, 10, NAN, NAN, {50}};
  const std::string svg = size_plot({layer});
  EXPECT_THAT(svg, HasSubstr("a&lt;b"));
  EXPECT_THAT(svg, HasSubstr("href=\"layers/a.html\""));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  // y of 0, of theory 100 and of the mean 50: the mean half way.
  const double zero = attribute_after(svg, "<line", "y1");
  const double theory = attribute_after(svg, "stroke-width:1.5", "cy");
  const std::size_t mark = svg.find("r=\"4.5\"");
  const std::size_t cy = svg.rfind("cy=\"", mark);
  EXPECT_NEAR(std::stod(svg.substr(cy + 4)), (zero + theory) / 2, 0.11);
}

TEST(SizePlot, GradientStandsInTheLegendOnlyWhereThereIsOne) {
  PlotLayer layer{"a", "a.html", 10, 12, 5, 1, NAN, NAN, {}};
  EXPECT_THAT(plot_legend({layer}), Not(HasSubstr("gradient")));
  layer.gradient.mean = 4;
  EXPECT_THAT(plot_legend({layer}), HasSubstr("gradient"));
  EXPECT_THAT(size_plot({layer}), HasSubstr("var(--gradient)"));
}

}  // namespace
}  // namespace rfmap
