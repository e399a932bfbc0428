#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "rfmap/error.h"
#include "rfmap/spooled.h"

namespace rfmap {
namespace {

constexpr std::size_t kHeld = 1 << 18;  // bytes in memory

[[noreturn]] void throw_spool_error(const char* what, int error) {
  throw EngineError(
      fmt::format("the list of images cannot be kept: a temporary file cannot be {} ({}); free "
                  "space there, or name another folder by TMPDIR",
                  what, std::strerror(error)));
}

/// A file without a name: gone when the program ends, however it ends.
class NamelessFile {
 public:
  NamelessFile() {
    std::error_code error;
    const auto folder = std::filesystem::temp_directory_path(error);
    std::string name = (error ? "/tmp" : folder.string()) + "/rfmap-list-XXXXXX";
    file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) throw_spool_error("made", errno);
    ::unlink(name.c_str());
  }
  ~NamelessFile() { ::close(file_); }
  NamelessFile(const NamelessFile&) = delete;

  void write(std::uint64_t at, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(file_, bytes.data(), bytes.size(), off_t(at));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw_spool_error("written", count < 0 ? errno : ENOSPC);
      at += std::uint64_t(count);
      bytes = bytes.subspan(std::size_t(count));
    }
  }
  void read(std::uint64_t at, std::span<std::byte> to) const {
    while (!to.empty()) {
      const ssize_t count = ::pread(file_, to.data(), to.size(), off_t(at));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw_spool_error("read", count < 0 ? errno : EIO);
      at += std::uint64_t(count);
      to = to.subspan(std::size_t(count));
    }
  }

 private:
  int file_ = -1;
};

}  // namespace

struct Spool::State {
  std::unique_ptr<NamelessFile> file;  ///< none while all is in memory
  std::uint64_t written = 0;           ///< bytes in the file
  std::vector<std::byte> tail;         ///< those behind them

  void append(std::span<const std::byte> bytes) {
    tail.insert(tail.end(), bytes.begin(), bytes.end());
    if (tail.size() <= kHeld) return;
    if (!file) file = std::make_unique<NamelessFile>();
    file->write(written, tail);
    written += tail.size();
    tail.clear();
  }
  void read(std::uint64_t at, std::span<std::byte> to) const {
    if (at > written + tail.size() || to.size() > written + tail.size() - at)
      throw std::out_of_range("a place in a list");
    if (at < written) {
      const auto count = std::size_t(std::min<std::uint64_t>(to.size(), written - at));
      file->read(at, to.first(count));
      to = to.subspan(count);
      at = written;
    }
    if (!to.empty()) std::memcpy(to.data(), tail.data() + (at - written), to.size());
  }
};

std::uint64_t Spool::size() const { return state_ ? state_->written + state_->tail.size() : 0; }

void Spool::append(std::span<const std::byte> bytes) {
  if (state_.use_count() != 1) {  // none yet, or shared
    const auto own = std::make_shared<State>();
    std::vector<std::byte> block;
    for (std::uint64_t at = 0; at < size(); at += block.size()) {
      block.resize(std::size_t(std::min<std::uint64_t>(kHeld, size() - at)));
      state_->read(at, block);
      own->append(block);
    }
    state_ = own;
  }
  state_->append(bytes);
}

void Spool::read(std::uint64_t at, std::span<std::byte> to) const {
  if (state_) return state_->read(at, to);
  if (at > 0 || !to.empty()) throw std::out_of_range("a place in an empty list");
}

}  // namespace rfmap
