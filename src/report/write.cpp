#include "report/write.h"

#include <string>

#include "rfmap/error.h"

#include "core/disk.h"

namespace rfmap::report {
namespace {

namespace fs = std::filesystem;

/// Every report has this file, so that no other folder is mistaken for one.
constexpr const char* kMark = "assets/report.js";

bool is_report(const fs::path& path) {
  return fs::is_directory(path) && (fs::exists(path / kMark) || fs::is_empty(path));
}

void require_free(const fs::path& path, bool replace) {
  if (!fs::exists(path)) return;
  if (!replace)
    throw ConfigError("--out " + path.string() + " exists; choose another name or add --overwrite");
  if (!is_report(path))
    throw ConfigError("--out " + path.string() +
                      " is no report, so --overwrite does not replace it; choose another name");
}

}  // namespace

void put_bytes(const fs::path& path, std::span<const std::uint8_t> bytes) {
  core::write_bytes(path.string(), bytes, core::Durable::no);
}

void put_page(const fs::path& path, std::string_view text) {
  put_bytes(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

PendingFolder::PendingFolder(const fs::path& path, bool replace) : path_(path) {
  if (!path_.has_filename()) path_ = path_.parent_path();  // "report/"
  require_free(path_, replace);
  part_ = path_;
  part_ += ".part";
  std::error_code error;
  if (fs::exists(part_, error) && !is_report(part_))
    throw ConfigError(part_.string() + " is in the way; remove it or choose another --out");
  fs::remove_all(part_, error);
  try {
    fs::create_directories(part_ / "assets", error);
    if (error) core::throw_unwritable("--out " + path_.string(), "made", error.value());
    put_page(part_ / kMark, "");
  } catch (const Error&) {
    remove_part();
    throw;
  }
}

PendingFolder::~PendingFolder() {
  if (!done_) remove_part();
}

void PendingFolder::remove_part() const {
  std::error_code ignored;
  fs::remove_all(part_, ignored);
}

void PendingFolder::commit() {
  fs::path old = path_;
  old += ".old";
  const bool replaced = fs::exists(path_);
  if (replaced) fs::rename(path_, old);
  fs::rename(part_, path_);
  done_ = true;
  if (replaced) fs::remove_all(old);
}

}  // namespace rfmap::report
