#pragma once

#include <vector>

#include "app/options/command_line.h"

namespace rfmap::app {

/// A command of the program: its text in --help, and the function that runs it with the arguments
/// after its name and returns the exit code.
struct Command {
  CommandInfo info;
  int (*run)(const CommandInfo& info, const Texts& args) = nullptr;
};

Command estimate_command();
Command plan_command();
Command theory_command();
Command gradient_command();
Command aggregate_command();
Command merge_command();
Command summary_command();
Command check_command();
Command show_command();
Command report_command();
Command devices_command();

/// All of them, in the order of --help.
const std::vector<Command>& commands();

/// Runs `rfmap ARGS`. Prints an error as one line on stderr; returns the exit code (error.h).
int run_program(const Texts& args);

}  // namespace rfmap::app
