#include "io/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "rfmap/error.h"

#include "core/disk.h"

namespace rfmap::io {
namespace fs = std::filesystem;

Bytes read_image_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw Unreadable("does not exist");
  if (fs::is_directory(status)) throw Unreadable("is a folder, not an image");
  if (!fs::is_regular_file(status)) throw Unreadable("is not a regular file");
  std::ifstream in(path, std::ios::binary);
  if (const int code = errno; !in) {
    if (code == EMFILE || code == ENFILE || code == ENOMEM)
      throw EngineError(path.string() + ": cannot be opened: " + std::strerror(code) +
                        "; fewer --threads open fewer files (ulimit -n)");
    throw Unreadable("cannot be opened: " + std::string(std::strerror(code)));
  }
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
  core::write_bytes(part, bytes, core::Durable::no);
  core::rename_file(part, path);
}

}  // namespace rfmap::io
