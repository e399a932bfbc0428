/// Runs files, or all files of folders, through a fuzz target: its seeds, or an input that
/// libFuzzer found.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/input_file.h"

namespace {

namespace fs = std::filesystem;

void run_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::vector<fs::path> files_of(const fs::path& given) {
  if (!fs::is_directory(given)) return {given};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(given)) files.push_back(entry.path());
  return files;
}

}  // namespace

int main(int count, char** values) {
  int runs = 0;
  for (int i = 1; i < count; ++i)
    for (const fs::path& file : files_of(values[i])) {
      run_file(file);
      ++runs;
    }
  std::printf("%d inputs\n", runs);
  return runs > 0 ? 0 : 1;
}
