#include "run/image_versions.h"

#include <filesystem>
#include <string>

#include "rfmap/error.h"

#include "io/image_source.h"
#include "run/phase_progress.h"

namespace rfmap::run {
namespace {

namespace fs = std::filesystem;

/// A file that is not there has one too, which no other file has.
FileVersion version_of(const std::string& file) {
  std::error_code error;
  return {std::uint64_t(fs::file_size(file, error)),
          std::int64_t(fs::last_write_time(file, error).time_since_epoch().count())};
}

}  // namespace

Spooled<FileVersion> image_versions(const ImageList& images, const Hooks& hooks) {
  Spooled<FileVersion> versions;
  std::string known;  // of the image before: those of a container follow each other
  FileVersion version;
  for (const ImageRef& image : images) {
    if (versions.size() % 1024 == 0)
      stop_if_asked(hooks, "interrupted while the files were listed");
    if (std::string file = io::file_of(image.path); file != known || versions.empty()) {
      version = version_of(file);
      known = std::move(file);
    }
    versions.push_back(version);
  }
  return versions;
}

void require_unchanged(const Run& run, int image) {
  if (run.versions.empty()) return;
  const std::string path = run.images[std::size_t(image)].path;
  if (version_of(io::file_of(path)) != run.versions[std::size_t(image)])
    throw DataError(path +
                    " has changed since the run began; bring the old one back and continue with "
                    "--resume, or start again with --overwrite");
}

}  // namespace rfmap::run
