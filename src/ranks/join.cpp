#include <cstdlib>
#include <filesystem>

#include <dlfcn.h>
#include <fmt/format.h>

#include "rfmap/error.h"

#include "ranks/launch.h"
#include "ranks/mpi/plugin.h"
#include "ranks/star.h"

namespace rfmap {
namespace {

namespace fs = std::filesystem;
using namespace ranks;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Beside the program that runs, where it was built or installed; else where it is to be installed.
fs::path plugin_path() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path beside = program.parent_path() / RFMAP_PLUGINS_BESIDE / kPluginFile;
  return fs::exists(beside, error) ? beside : fs::path(RFMAP_PLUGINS) / kPluginFile;
}

[[noreturn]] void refuse(const Launch& launch, const std::string& why) {
  throw ConfigError(fmt::format("started as one of {} ranks, but {}", launch.count, why));
}

/// MPI is loaded only here, so that the program runs where there is none.
OpenMpi* load_plugin(const Launch& launch) {
  const fs::path path = plugin_path();
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    refuse(launch,
           "this rfmap was built without MPI; build it again where CMake finds Open MPI "
           "(scripts/setup "
           "--mpi), or divide the run by --shard");
  void* const library =
      dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);  // Open MPI's own plugins look there
  if (!library) refuse(launch, fmt::format("MPI cannot be loaded ({})", dlerror()));
  auto* const open = reinterpret_cast<OpenMpi*>(dlsym(library, kPluginSymbol));
  if (!open) refuse(launch, path.string() + " is of another rfmap; install it again");
  return open;
}

}  // namespace

std::shared_ptr<Ranks> join_ranks() {
  const Launch launch = launch_of(variable);
  if (launch.count == 1) return this_process();
  OpenMpi* const open = load_plugin(launch);
  auto star = std::make_shared<Star>([open] { return std::unique_ptr<Transport>(open()); });
  if (star->place().count != launch.count)
    refuse(launch, "they do not find each other; use the mpirun of Open MPI, or srun --mpi=pmix");
  return star;
}

}  // namespace rfmap
