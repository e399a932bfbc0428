#include <cstdio>
#include <cstdlib>

#include "populations.h"

/// interval_coverage [TRIALS]: how often the 95 % interval of a size contains the true size, for
/// synthetic populations like three layers of AlexNet. The numbers of docs/method.md come from
/// here.
int main(int argc, char** argv) {
  const int trials = argc > 1 ? std::atoi(argv[1]) : 1000;
  std::printf("population  images  trials  coverage\n");
  for (const auto& population : rfmap::test::populations())
    for (const int images : {10, 25}) {
      const double held = rfmap::test::coverage(population, images, trials, 7);
      std::printf("%-10s  %6d  %6d  %7.1f %%\n", population.name.c_str(), images, trials,
                  100 * held);
      std::fflush(stdout);
    }
}
