// Writes the sample results file that read_results.py reads: results_write_sample FILE.h5

#include <cstdio>
#include <exception>

#include "unit/results_sample.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: results_write_sample FILE.h5\n");
    return 2;
  }
  try {
    rfmap::sample::write(argv[1], true);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
