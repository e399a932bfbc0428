#include "io/files.h"

#include <fstream>
#include <system_error>

#include "rfmap/error.h"

namespace rfmap::io {
namespace fs = std::filesystem;

Bytes read_image_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw Unreadable("does not exist");
  if (fs::is_directory(status)) throw Unreadable("is a folder, not an image");
  if (!fs::is_regular_file(status)) throw Unreadable("is not a regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Unreadable("cannot be opened: its permissions may forbid it");
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw Unreadable("cannot be read: " + error.message());
  if (size == 0) throw Unreadable("is empty");
  Bytes bytes(size);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(size)))
    throw Unreadable("cannot be read to its end");
  return bytes;
}

void write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
  const std::string part = path + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  if (!out) throw ConfigError(path + " cannot be written: is its folder there and writable?");
  out.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
  out.close();
  std::error_code error;
  if (out) fs::rename(part, path, error);
  if (out && !error) return;
  const std::string reason = error ? error.message() : "is the disk full?";
  fs::remove(part, error);
  throw EngineError(path + " could not be written to its end: " + reason);
}

}  // namespace rfmap::io
