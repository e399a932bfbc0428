#pragma once

#include "ranks/transport.h"

/// The shared object that holds all calls of MPI, and is loaded under a launcher only.
namespace rfmap::ranks {

inline constexpr const char* kPluginFile = "rfmap_mpi.so";
inline constexpr const char* kPluginSymbol = "rfmap_open_mpi";
/// Joins the job (MPI_Init); deleting what it gives leaves it.
using OpenMpi = Transport*();

}  // namespace rfmap::ranks
