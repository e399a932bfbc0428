#include "fuzz/input_file.h"
#include "method/declared.h"
#include "method/toml_file.h"

/// A configuration in TOML: parsed, set as options, and written again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rfmap::method;
  return rfmap::fuzz::run_file("run.toml", data, size, [](const std::string& path) {
    rfmap::Job job;
    const Options options = job_options(job);
    for (const auto& [name, texts] : read_toml(path, options))
      find_option(options, name)->set(texts);
    to_toml(options);
  });
}
