# Decides whether the shared object with the calls of MPI is built (RFMAP_MPI). Only that object is
# linked to MPI; the program loads it when mpirun or srun has started it, and needs no MPI otherwise.
set(RFMAP_MPI OFF)
if(NOT RFMAP_WITH_MPI STREQUAL OFF)
  find_package(MPI QUIET COMPONENTS C)
  if(MPI_C_FOUND)
    set(RFMAP_MPI ON)
  elseif(RFMAP_WITH_MPI STREQUAL ON)
    message(FATAL_ERROR "RFMAP_WITH_MPI=ON, but no MPI was found: scripts/setup --mpi installs Open MPI, "
                        "-DMPI_C_COMPILER= names the mpicc of another")
  else()
    message(STATUS "No MPI (scripts/setup --mpi): rfmap runs under mpirun only as one process")
  endif()
endif()
