#include "rfmap/error.h"

#include "fuzz/input_file.h"
#include "method/declared.h"
#include "method/toml_file.h"

/// A configuration in TOML: parsed, set as options, and written again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rfmap::fuzz::Folder folder;
  const std::string path = folder.put("run.toml", data, size);
  rfmap::Job job;
  const rfmap::method::Options options = rfmap::method::job_options(job);
  try {
    for (const auto& [name, texts] : rfmap::method::read_toml(path, options))
      rfmap::method::find_option(options, name)->set(texts);
    rfmap::method::to_toml(options);
  } catch (const rfmap::Error&) {
  }
  return 0;
}
