#include "core/disk.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rfmap/error.h"

namespace rfmap::core {
namespace {

/// What helps where the machine is at fault; nothing where the name is.
const char* remedy_of(int code) {
  switch (code) {
    case EACCES:
    case EBUSY:
    case EEXIST:
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENOENT:
    case ENOTDIR:
    case EPERM:
    case EROFS:
      return nullptr;
    case ENOSPC:
    case EDQUOT:
      return "free space or write to another disk";
    case EFBIG:
      return "raise the limit on the size of files (ulimit -f)";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (ulimit -n)";
    case ENOMEM:
      return "free memory";
    default:
      return "look after the disk or write to another one";
  }
}

/// 0 or errno.
int write_all(int file, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes = bytes.subspan(std::size_t(count));
  }
  return 0;
}

}  // namespace

void throw_unwritable(const std::string& path, const char* done, int code) {
  const std::string sentence = path + ": cannot be " + done + ": " + std::strerror(code) + "; ";
  if (const char* const remedy = remedy_of(code)) throw EngineError(sentence + remedy);
  throw ConfigError(sentence + "choose a folder that exists and can be written");
}

void write_bytes(const std::string& path, std::span<const std::uint8_t> bytes, Durable durable) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) throw_unwritable(path, "created", errno);
  struct stat about {};
  const bool regular = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode);
  int code = write_all(file, bytes);
  if (code == 0 && durable == Durable::yes && ::fsync(file) != 0) code = errno;
  if (::close(file) != 0 && code == 0) code = errno;
  if (code == 0) return;
  if (regular) ::unlink(path.c_str());
  throw_unwritable(path, "written", code);
}

void rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return;
  const int code = errno;
  ::unlink(from.c_str());
  throw_unwritable(to, "written", code);
}

}  // namespace rfmap::core
