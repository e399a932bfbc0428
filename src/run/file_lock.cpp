#include "run/file_lock.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "core/disk.h"
#include "core/log.h"

namespace rfmap::run {

FileLock::FileLock(const std::string& path, Range range)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (file_ < 0) core::throw_unwritable(path, "opened", errno);
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = range.first;
  wanted.l_len = range.count;
  if (::fcntl(file_, F_SETLK, &wanted) == 0) return;
  if (errno != EACCES && errno != EAGAIN) {
    log::debug("{}: cannot be locked: {}", path, std::strerror(errno));
    return;
  }
  held_elsewhere_ = range.first;
  if (::fcntl(file_, F_GETLK, &wanted) == 0 && wanted.l_type != F_UNLCK)
    held_elsewhere_ = int(wanted.l_start);
}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace rfmap::run
