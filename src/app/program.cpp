#include <algorithm>
#include <exception>

#include <CLI/Version.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <spdlog/version.h>

#include "rfmap/error.h"
#include "rfmap/version.h"

#include "app/commands.h"
#include "app/failure.h"
#include "app/library_versions.h"
#include "app/logging.h"
#include "app/text/text_output.h"
#include "core/log.h"

namespace rfmap::app {
namespace {

/// An error is one line, whatever a library wrote into it.
int report(Failure failure) {
  std::replace(failure.sentence.begin(), failure.sentence.end(), '\n', ' ');
  log::write(log::Level::error, failure.sentence);
  return failure.exit_code;
}

Texts command_names() {
  Texts names;
  for (const Command& c : commands()) names.push_back(c.info.name);
  return names;
}

std::string overview() {
  std::string text =
      "rfmap measures the empirical receptive fields of units of convolutional networks.\n"
      "Usage: rfmap COMMAND [options]; rfmap COMMAND --help says more.\n\nCommands:\n";
  for (const Command& c : commands())
    text += fmt::format("  {:<10} {}\n", c.info.name, c.info.summary);
  return text +
         "\nOptions:\n  --help     this text\n  --version  of the program and its libraries\n";
}

/// The program's version and those of its libraries, one per line.
std::string version_text() {
  std::string text = fmt::format("rfmap {}\n", kVersion);
  for (const auto& [library, version] : kLibraryVersions)
    text += fmt::format("  {:<14} {}\n", library, version);
  text += fmt::format("  {:<14} {}\n", "CLI11", CLI11_VERSION);
  text += fmt::format("  {:<14} {}.{}.{}\n", "fmt", FMT_VERSION / 10000, FMT_VERSION / 100 % 100,
                      FMT_VERSION % 100);
  text += fmt::format("  {:<14} {}.{}.{}\n", "spdlog", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
                      SPDLOG_VER_PATCH);
  text += fmt::format("  {:<14} {}.{}.{}\n", "JSON", NLOHMANN_JSON_VERSION_MAJOR,
                      NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH);
  return text;
}

const Command& find_command(const std::string& name) {
  for (const Command& c : commands())
    if (c.info.name == name) return c;
  throw ConfigError(
      fmt::format("unknown {} \"{}\"; there are {}{}", name.starts_with("-") ? "option" : "command",
                  name, fmt::join(command_names(), ", "), did_you_mean(name, command_names())));
}

int dispatch(const Texts& args) {
  if (args.empty())
    throw ConfigError(fmt::format("no command given; there are {} (rfmap --help)",
                                  fmt::join(command_names(), ", ")));
  if (args.front() == "--help" || args.front() == "-h") {
    put_text("", overview());
    return kExitDone;
  }
  if (args.front() == "--version") {
    put_text("", version_text());
    return kExitDone;
  }
  const Command& command = find_command(args.front());
  return command.run(command.info, {args.begin() + 1, args.end()});
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table{
      estimate_command(), plan_command(),      merge_command(),   theory_command(),
      gradient_command(), aggregate_command(), summary_command(), check_command(),
      show_command(),     report_command(),    devices_command()};
  return table;
}

int run_program(const Texts& args) {
  set_up_logging({});
  try {
    return dispatch(args);
  } catch (...) {
    return report(failure_of(std::current_exception()));
  }
}

}  // namespace rfmap::app
