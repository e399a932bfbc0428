#pragma once

#include <string>
#include <vector>

#include "method/codecs.h"
#include "method/declared.h"
#include "method/toml_file.h"

namespace rfmap::app {

using namespace method;  // the commands declare their options in its terms

/// What is said while a command runs.
struct Messages {
  bool quiet = false, verbose = false;
  std::string log_file;
};
Option quiet_option(Messages& m);
Option verbose_option(Messages& m);

/// Everything that `rfmap estimate` was told.
struct Settings {
  Job job;
  std::string config_file;
  bool print_config = false;
  Messages messages;
};

/// The options of `rfmap estimate`, in the order of --help; they live in `settings`.
Options estimate_options(Settings& settings);

/// Those of `options` that have one of these names.
Options only_named(Options options, const Texts& names);

}  // namespace rfmap::app
