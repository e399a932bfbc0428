#include "results/h5/pending_file.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "rfmap/error.h"

#include "core/disk.h"

namespace rfmap::results {
namespace {

/// Truncates or creates the file, so that an error has the system's reason.
void create_empty(const std::string& path, const std::string& part) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw ConfigError(path + ": is a folder; name a file to write");
  const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor >= 0) {
    ::close(descriptor);
    return;
  }
  core::throw_unwritable(path, "created", errno);
}

/// errno, or 0. Folders that cannot be read or synced (some network file systems) are ignored.
int sync_path(const std::string& path, bool folder) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (folder ? O_DIRECTORY : 0));
  if (descriptor < 0) return folder && errno == EACCES ? 0 : errno;
  const int code = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return folder && (code == EINVAL || code == ENOTSUP) ? 0 : code;
}

std::string folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

}  // namespace

Placeholder::Placeholder(const std::string& path) : part_(path + ".part") {
  create_empty(path, part_);
}

Placeholder::~Placeholder() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

PendingFile::PendingFile(const std::string& path, h5::FileFormat format)
    : path_(path), part_(path + ".part"), fault_(std::make_unique<h5::WriteFault>()) {
  h5::silence();
  create_empty(path_, part_);
  try {
    const h5::Properties creation = h5::file_creation(), access = h5::file_access(format);
    h5::set_latching_driver(access, *fault_);
    file_ = h5::File(h5::checked(
        H5Fcreate(part_.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), "create " + part_));
  } catch (const h5::Failure& failure) {
    ::unlink(part_.c_str());
    fail(failure.what());
  }
}

PendingFile::~PendingFile() {
  if (part_.empty()) return;
  close();
  ::unlink(part_.c_str());
}

void PendingFile::close() {
  h5::silence();
  file_.reset();
}

void PendingFile::commit() {
  guarded([&] {
    h5::checked(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "flush " + part_);
    close();
  });
  int code = sync_path(part_, false);
  if (code == 0 && ::rename(part_.c_str(), path_.c_str()) != 0) code = errno;
  if (code == 0) part_.clear();
  if (code == 0) code = sync_path(folder_of(path_), true);
  if (code != 0) core::throw_unwritable(path_, "written", code);
}

void PendingFile::fail(const std::string& reason) const {
  if (fault_->code != 0) core::throw_unwritable(path_, "written", fault_->code);
  throw EngineError(path_ + ": cannot be written: " + reason);
}

}  // namespace rfmap::results
