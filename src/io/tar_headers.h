#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace rfmap::io {

/// A regular file that is read at any place by several threads.
class RandomFile {
 public:
  /// Throws DataError.
  explicit RandomFile(const std::string& path);
  ~RandomFile();
  RandomFile(const RandomFile&) = delete;
  std::uint64_t size() const { return size_; }
  /// Number of bytes read, fewer than asked for at the end. Throws DataError.
  std::size_t read(std::uint64_t at, std::span<std::uint8_t> to) const;

 private:
  std::string path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

/// A regular file in a tar archive.
struct TarMember {
  std::string name;                   ///< any bytes; never a path to open
  std::uint64_t start = 0, size = 0;  ///< bytes of the content, within the file
};

/// Goes over the members of a tar file that are regular files, by its headers only: ustar and
/// older, long names and sizes of GNU and pax. Every size is checked against the file's. Throws
/// DataError (cut short, a wrong checksum, a sparse member). Source of the formats: POSIX.1-2017,
/// pax, "ustar Interchange Format" and "pax Interchange Format"; GNU tar's manual, "Basic Tar
/// Format".
class TarWalk {
 public:
  TarWalk(const RandomFile& file, std::string path);
  ~TarWalk();
  bool next(TarMember& member);

 private:
  struct Header;
  struct Extras;
  bool read_header(Header& header);
  void take_extra(const Header& header, Extras& extras) const;
  std::string read_text(const Header& header) const;
  [[noreturn]] void damaged(const std::string& how) const;

  const RandomFile& file_;
  std::string path_;
  std::uint64_t at_ = 0;
};

/// The file begins with a tar header.
bool begins_like_tar(const RandomFile& file);

/// The name in the header before a content, for messages: cut where it is a long one.
std::string name_before(const RandomFile& file, std::uint64_t start);

}  // namespace rfmap::io
