#pragma once

#include <cstdlib>
#include <string>

#include <CLI/CLI.hpp>

/// Shared parts of the command lines of the benchmark programs.
namespace rfmap::bench {

/// The device on which a program computes, as options of its command line.
inline void add_engine_options(CLI::App& app, std::string& device, std::string& precision,
                               int& batch, int& threads) {
  app.add_option("--device", device, "engine");
  app.add_option("--precision", precision, "auto, fp32, tf32, fp16 or bf16");
  app.add_option("--batch", batch, "samples in one call; 0, where a run chooses it: as a run does");
  app.add_option("--threads", threads, "threads of the engine; 0: all cores");
}

/// Ends the program if the command line is wrong, or asks for help.
inline void parse_or_exit(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
}

}  // namespace rfmap::bench
