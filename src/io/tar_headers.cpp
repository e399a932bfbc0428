#include "io/tar_headers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rfmap/error.h"

namespace rfmap::io {
namespace {

constexpr std::uint64_t kTarBlock = 512;
constexpr std::uint64_t kLargestExtra = 1 << 20;  // bytes of a long name or of pax records

using TarBlock = std::array<std::uint8_t, kTarBlock>;

/// A field of a header, up to its first zero.
std::string_view tar_text(const TarBlock& block, std::size_t at, std::size_t length) {
  const std::string_view field(reinterpret_cast<const char*>(block.data()) + at, length);
  return field.substr(0, field.find('\0'));
}

/// Octal digits between blanks, or base 256 where the first bit is set; nothing for others.
std::optional<std::uint64_t> tar_number(const TarBlock& block, std::size_t at, std::size_t length) {
  if (block[at] & 0x80) {
    std::uint64_t value = block[at] & 0x7F;
    for (std::size_t i = 1; i < length; ++i) {
      if (value >> 55) return std::nullopt;  // larger than any file, or negative
      value = value << 8 | block[at + i];
    }
    return value;
  }
  std::string_view digits = tar_text(block, at, length);
  digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
  digits = digits.substr(0, digits.find(' '));
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 8);
  if (digits.empty()) return 0;
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

/// The sum of a header's bytes, where its own field counts as blanks.
bool has_right_sum(const TarBlock& block) {
  constexpr std::size_t field = 148, length = 8;
  std::uint64_t sum = length * ' ';
  for (std::size_t i = 0; i < block.size(); ++i)
    if (i < field || i >= field + length) sum += block[i];
  return tar_number(block, field, length) == sum;
}

bool is_empty_block(const TarBlock& block) {
  return std::ranges::all_of(block, [](std::uint8_t b) { return b == 0; });
}

/// Of names that only the first 100 bytes fit into the field, POSIX archives have a prefix.
std::string ustar_name(const TarBlock& block) {
  const std::string name(tar_text(block, 0, 100));
  const bool posix = std::memcmp(block.data() + 257, "ustar\0", 6) == 0;
  const std::string_view prefix = posix ? tar_text(block, 345, 155) : std::string_view();
  return prefix.empty() ? name : fmt::format("{}/{}", prefix, name);
}

/// For a terminal: without control characters, not endless.
std::string shown_name(std::string name) {
  constexpr std::size_t longest = 200;
  name.resize(std::min(name.size(), longest));
  for (char& c : name)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = '?';
  return name;
}

}  // namespace

RandomFile::RandomFile(const std::string& path) : path_(path) {
  struct stat info {};
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file_ < 0) throw DataError(path + " cannot be opened: its permissions may forbid it");
  if (::fstat(file_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(file_);
    throw DataError(path + " is not a regular file");
  }
  size_ = std::uint64_t(info.st_size);
}
RandomFile::~RandomFile() { ::close(file_); }

std::size_t RandomFile::read(std::uint64_t at, std::span<std::uint8_t> to) const {
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t count = ::pread(file_, to.data() + done, to.size() - done, off_t(at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw DataError(fmt::format("{} cannot be read: {}", path_, std::strerror(errno)));
    if (count == 0) break;
    done += std::size_t(count);
  }
  return done;
}

struct TarWalk::Header {
  std::uint64_t at = 0;  ///< of the header itself
  std::string name;
  char type = '0';
  std::uint64_t size = 0;
};

/// What headers before a member say of it.
struct TarWalk::Extras {
  std::optional<std::string> name;
  std::optional<std::uint64_t> size;
  bool sparse = false;

  /// Records "LENGTH KEY=VALUE\n"; false if they are malformed.
  bool take_pax(std::string_view records) {
    while (!records.empty()) {
      std::size_t length = 0;
      const auto [stop, error] =
          std::from_chars(records.data(), records.data() + records.size(), length);
      const std::size_t digits = std::size_t(stop - records.data());
      if (error != std::errc() || length > records.size() || length < digits + 3 ||
          records[digits] != ' ' || records[length - 1] != '\n')
        return false;
      const std::string_view record = records.substr(digits + 1, length - digits - 2);
      const std::size_t equals = record.find('=');
      if (equals == record.npos || !take(record.substr(0, equals), record.substr(equals + 1)))
        return false;
      records.remove_prefix(length);
    }
    return true;
  }

 private:
  bool take(std::string_view key, std::string_view value) {
    if (key == "path") name = std::string(value);
    if (key.starts_with("GNU.sparse.")) sparse = true;
    if (key != "size") return true;
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    size = number;
    return error == std::errc() && stop == value.data() + value.size();
  }
};

TarWalk::TarWalk(const RandomFile& file, std::string path) : file_(file), path_(std::move(path)) {}
TarWalk::~TarWalk() = default;

void TarWalk::damaged(const std::string& how) const {
  throw DataError(fmt::format("{} is a damaged tar file: {}: fetch it again", path_, how));
}

/// False at the end: an empty block, or the end of the file.
bool TarWalk::read_header(Header& header) {
  TarBlock block{};
  const std::size_t got = file_.read(at_, block);
  if (got == 0) return false;
  if (got < block.size()) damaged("it is cut short within a header");
  if (is_empty_block(block)) return false;
  if (!has_right_sum(block))
    damaged(fmt::format("the header at byte {} has a wrong checksum", at_));
  const std::optional<std::uint64_t> size = tar_number(block, 124, 12);
  if (!size) damaged(fmt::format("the header at byte {} has no valid size", at_));
  header = {at_, ustar_name(block), char(block[156]), *size};
  at_ += kTarBlock;
  return true;
}

std::string TarWalk::read_text(const Header& header) const {
  if (header.size > kLargestExtra)
    damaged(fmt::format("the extension at byte {} has {} bytes", header.at, header.size));
  std::string text(std::size_t(header.size), '\0');
  const std::span bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  if (file_.read(header.at + kTarBlock, bytes) != text.size()) damaged("it is cut short");
  return text;
}

/// Types: L a long name, K a long link, x pax records of the next member, g of all that follow
/// (which do not name one).
void TarWalk::take_extra(const Header& header, Extras& extras) const {
  if (header.type == 'L') {
    const std::string text = read_text(header);
    extras.name = text.substr(0, text.find('\0'));
  }
  if (header.type == 'x' && !extras.take_pax(read_text(header)))
    damaged(fmt::format("the pax records at byte {} are malformed", header.at));
}

bool TarWalk::next(TarMember& member) {
  Extras extras;
  for (Header header; read_header(header);) {
    const bool extra = header.type == 'L' || header.type == 'K' || header.type == 'x' ||
                       header.type == 'g' || header.type == 'X';
    if (!extra && extras.size) header.size = *extras.size;
    if (!extra && extras.name) header.name = *extras.name;
    // Links and devices have no content, whatever their size says.
    if (header.type >= '1' && header.type <= '6') header.size = 0;
    if (header.size > file_.size() - std::min(at_, file_.size()))
      damaged(fmt::format("\"{}\" is to have {} bytes, and the file ends before",
                          shown_name(header.name), header.size));
    const std::uint64_t start = at_;
    at_ += (header.size + kTarBlock - 1) / kTarBlock * kTarBlock;
    if (extra) {
      take_extra(header, extras);
      continue;
    }
    if (header.type == 'S' || extras.sparse)
      throw DataError(fmt::format("{} holds a sparse file, \"{}\": pack it without --sparse", path_,
                                  shown_name(header.name)));
    const bool regular = header.type == '0' || header.type == '\0' || header.type == '7';
    if (regular && !header.name.ends_with('/')) {
      member = {std::move(header.name), start, header.size};
      return true;
    }
    extras = {};
  }
  return false;
}

bool begins_like_tar(const RandomFile& file) {
  TarBlock block{};
  return file.read(0, block) == block.size() && !is_empty_block(block) && has_right_sum(block);
}

std::string name_before(const RandomFile& file, std::uint64_t start) {
  TarBlock block{};
  file.read(start - kTarBlock, block);
  return shown_name(ustar_name(block));
}

}  // namespace rfmap::io
