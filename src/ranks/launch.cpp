#include "ranks/launch.h"

#include <algorithm>
#include <charconv>

namespace rfmap::ranks {
namespace {

/// `other` where the text is not a number.
int number(const std::string& text, int other) {
  int value = other;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Launch launch_of(const std::function<std::string(const char*)>& variable) {
  const auto of = [&](const char* rank, const char* count) {
    return Launch{number(variable(rank), 0), std::max(1, number(variable(count), 1))};
  };
  if (!variable("OMPI_COMM_WORLD_SIZE").empty())
    return of("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
  if (!variable("PMIX_RANK").empty())  // srun --mpi=pmix
    return of("PMIX_RANK",
              variable("SLURM_STEP_NUM_TASKS").empty() ? "SLURM_NTASKS" : "SLURM_STEP_NUM_TASKS");
  return of("PMI_RANK", "PMI_SIZE");  // another MPI's mpirun
}

}  // namespace rfmap::ranks
