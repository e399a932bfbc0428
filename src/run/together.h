#pragma once

#include <string>

#include "run/folder.h"
#include "run/run.h"

/// What ranks agree on before a run.
namespace rfmap::run {

/// Sets the threads of this rank, and gives its device: one GPU a rank where there are GPUs, of
/// those that --device lists if it lists some.
std::string take_own_place(Run& run);

/// What all ranks have. Throws ConfigError naming what this rank has been given otherwise than
/// rank 0.
Identity agreed_identity(const Run& run, const std::string& engine);

/// The folder that rank 0 opens, and lets the others in.
RunFolder open_together(const Run& run, const Identity& identity, RunFolder::Existing existing);

/// On rank 0 all parts that ranks give, once it sees them: a folder on a network file system may
/// not list them yet. Waits until all have measured their part.
std::vector<std::string> hand_over(const Run& run, const std::vector<std::string>& parts);

}  // namespace rfmap::run
