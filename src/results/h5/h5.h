#pragma once

#include <concepts>
#include <stdexcept>
#include <string>
#include <utility>

#include <hdf5.h>

/// A thin layer over HDF5's C interface: owners, and one checked() around every call.
namespace rfmap::h5 {

/// A failed call: `doing` says what was done, with the innermost reason from the library.
struct Failure : std::runtime_error {
  Failure(const std::string& doing, std::string why)
      : std::runtime_error(doing + ": " + why), reason(std::move(why)) {}
  std::string reason;
};

/// Owner of one identifier. Closing is not checked: data that must reach the disk are flushed
/// before.
template <herr_t (*Close)(hid_t)>
class Id {
 public:
  Id() = default;
  explicit Id(hid_t raw) : raw_(raw) {}
  Id(Id&& other) noexcept : raw_(std::exchange(other.raw_, H5I_INVALID_HID)) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Id() { reset(); }
  hid_t get() const { return raw_; }
  /// The identifier, which the caller then closes.
  hid_t release() { return std::exchange(raw_, H5I_INVALID_HID); }
  void reset() {
    if (raw_ >= 0) Close(std::exchange(raw_, H5I_INVALID_HID));
  }

 private:
  hid_t raw_ = H5I_INVALID_HID;
};

using File = Id<H5Fclose>;
using Group = Id<H5Gclose>;
using Object = Id<H5Oclose>;
using Dataset = Id<H5Dclose>;
using Space = Id<H5Sclose>;
using Datatype = Id<H5Tclose>;
using AttributeId = Id<H5Aclose>;
using Properties = Id<H5Pclose>;

/// Disables printing of the library's error stack, for the calling thread.
void silence();
/// Innermost reason on the library's error stack.
std::string failure_reason();

/// Throws Failure for the negative codes by which HDF5 reports errors.
template <std::signed_integral Code>
Code checked(Code code, const std::string& doing) {
  if (code < 0) throw Failure(doing, failure_reason());
  return code;
}

/// Read-only. Throws Failure.
File open_file(const std::string& path);
/// Links and attributes keep the order in which they were made; no times.
Group create_group(hid_t parent, const std::string& name);
/// Opening throws Failure for soft and external links on the way.
Group open_group(hid_t parent, const std::string& name);
Object open_object(hid_t parent, const std::string& name);
/// False too where a group on the way is missing.
bool exists(hid_t parent, const std::string& name);
/// From the root, "/layers/conv1".
std::string path_of(hid_t object);

/// File creation and access properties of every file that is written here.
Properties file_creation();
/// Formats of HDF5 1.8, which older readers (MATLAB) know, or of 1.10, whose every byte of metadata
/// has a checksum, chunk indices too.
enum class FileFormat { v1_8, v1_10 };
Properties file_access(FileFormat format);

}  // namespace rfmap::h5
