#include "run/file_lock.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "core/disk.h"
#include "core/log.h"

namespace rfmap::run {
namespace {

struct flock lock_request(short type, FileLock::Range range) {
  struct flock wanted {};
  wanted.l_type = type;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = range.first;
  wanted.l_len = range.count;
  return wanted;
}

}  // namespace

FileLock::FileLock(const std::string& path, Range range)
    : range_(range), file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (file_ < 0) core::throw_unwritable(path, "opened", errno);
  struct flock wanted = lock_request(F_WRLCK, range);
  if (::fcntl(file_, F_SETLK, &wanted) == 0) return;
  if (errno != EACCES && errno != EAGAIN) {
    log::debug("{}: cannot be locked: {}", path, std::strerror(errno));
    return;
  }
  held_elsewhere_ = range.first;
  if (::fcntl(file_, F_GETLK, &wanted) == 0 && wanted.l_type != F_UNLCK)
    held_elsewhere_ = int(wanted.l_start);
}

void FileLock::keep(Range range) {
  struct flock before = lock_request(F_UNLCK, {range_.first, range.first - range_.first});
  struct flock behind = lock_request(F_UNLCK, {range.first + range.count, 0});
  if (before.l_len > 0) ::fcntl(file_, F_SETLK, &before);
  ::fcntl(file_, F_SETLK, &behind);
  range_ = range;
}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace rfmap::run
