#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <span>
#include <vector>

#include "rfmap/results.h"

namespace {

using namespace rfmap;

/// A unit's kept maps as the population from which images are drawn, with replacement.
class Population {
 public:
  Population(const ResultsReader& in, int layer, int index)
      : grid_(in.run().grid),
        layer_(in.layers()[layer]),
        unit_(in.unit(layer, index, Ranking::top)) {}
  int size() const { return int(unit_.peaks.size()); }

  UnitField draw(int images, int resamples, std::mt19937& random) const {
    std::uniform_int_distribution<int> any(0, size() - 1);
    std::vector<ChangeMap> maps;
    for (int i = 0; i < images; ++i) {
      const std::size_t r = any(random);
      maps.push_back({std::span(unit_.change).subspan(r * grid_.positions(), grid_.positions()),
                      response_centre(layer_.field, unit_.peaks[r])});
    }
    AggregateRules rules;
    rules.resamples = resamples;
    return aggregate_unit(maps, grid_, layer_.canvas, rules, {});
  }

 private:
  Grid grid_;
  LayerRecord layer_;
  UnitRecord unit_;
};

/// Share of `trials` intervals that contain the mean size over `draws` other draws.
double coverage(const Population& population, int images, int trials, int draws) {
  std::mt19937 random(7);
  double truth = 0;
  for (int i = 0; i < draws; ++i) truth += population.draw(images, 2, random).size / draws;
  int held = 0;
  for (int i = 0; i < trials; ++i) {
    const UnitField field = population.draw(images, 1000, random);
    held += field.interval[0] <= truth && truth <= field.interval[1];
  }
  return double(held) / trials;
}

}  // namespace

/// kept_coverage FILE.h5 [UNITS] [TRIALS] [DRAWS]: how often the 95 % interval of a size contains
/// the true size if images are drawn from the kept maps of real units (rfmap estimate --keep-maps
/// with a large K; default rules). The numbers of docs/method.md come from here.
int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: kept_coverage FILE.h5 [UNITS] [TRIALS]\n"), 2;
  const auto number = [&](int i, int standard) { return argc > i ? std::atoi(argv[i]) : standard; };
  const int units = number(2, 4), trials = number(3, 50), draws = number(4, 150);
  try {
    const ResultsReader in(argv[1]);
    std::printf("layer       units  images  trials  coverage\n");
    for (int layer = 0; layer < int(in.layers().size()); ++layer)
      for (const int images : {10, 25}) {
        double sum = 0;
        int taken = 0;
        for (int u = 0; u < int(in.layers()[layer].units.size()) && taken < units; ++u) {
          const Population population(in, layer, u);
          if (population.size() < 2 * images) continue;
          sum += coverage(population, images, trials, draws), ++taken;
        }
        std::printf("%-10s  %5d  %6d  %6d  %7.1f %%\n", in.layers()[layer].name.c_str(), taken,
                    images, taken * trials, 100 * sum / taken);
        std::fflush(stdout);
      }
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
