#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/options/options.h"

namespace rfmap::app {

/// What --help of a command says beside its options.
struct CommandInfo {
  std::string name, summary;
  std::string example;  ///< a command line without "rfmap "
  std::string notes;    ///< below the options; may be empty
};

std::string help_text(const CommandInfo& command, const std::vector<Option>& options);

/// What `args` (without program and command) give; nothing when --help was asked for and printed.
/// They are set. Throws ConfigError: unknown option (with the nearest), missing value, an option
/// given twice, a value that is not allowed.
std::optional<GivenOptions> parse_arguments(const CommandInfo& command,
                                            const std::vector<Option>& options, const Texts& args);

/// The same; then also sets what `config_file`, an option of theirs, holds: the command line wins.
std::optional<GivenOptions> parse_with_config(const CommandInfo& command,
                                              const std::vector<Option>& options, const Texts& args,
                                              const std::string& config_file);

/// Sets the options that were given.
void set_options(const GivenOptions& given, const std::vector<Option>& options);

}  // namespace rfmap::app
