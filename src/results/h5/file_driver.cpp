#include "results/h5/file_driver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace rfmap::h5 {
namespace {

/// HDF5 sees the base; `eoa`: end of the allocated addresses, `eof`: end of the file, in bytes.
struct LatchingFile : H5FD_t {
  int descriptor = -1;
  haddr_t eoa = 0, eof = 0;
  WriteFault* fault = nullptr;
};

LatchingFile* self(H5FD_t* file) { return static_cast<LatchingFile*>(file); }
const LatchingFile* self(const H5FD_t* file) { return static_cast<const LatchingFile*>(file); }

struct DriverInfo {
  WriteFault* fault;
};

H5FD_t* open_latching(const char* name, unsigned flags, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (!info) return nullptr;
  int mode = O_RDWR | O_CLOEXEC;
  if (flags & H5F_ACC_CREAT) mode |= O_CREAT;
  if (flags & H5F_ACC_TRUNC) mode |= O_TRUNC;
  auto file = std::make_unique<LatchingFile>();
  file->descriptor = ::open(name, mode, 0666);
  if (file->descriptor < 0) return nullptr;
  file->eof = haddr_t(::lseek(file->descriptor, 0, SEEK_END));
  file->fault = info->fault;
  return file.release();
}

herr_t close_latching(H5FD_t* raw) {
  const std::unique_ptr<LatchingFile> file(self(raw));
  // Quotas and network file systems may report a failed write only here.
  if (::close(file->descriptor) != 0 && file->fault->code == 0) file->fault->code = errno;
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  if (flags)
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t get_eoa(const H5FD_t* file, H5FD_mem_t) { return self(file)->eoa; }
haddr_t get_eof(const H5FD_t* file, H5FD_mem_t) { return self(file)->eof; }
herr_t set_eoa(H5FD_t* file, H5FD_mem_t, haddr_t end) {
  self(file)->eoa = end;
  return 0;
}

herr_t read(H5FD_t* raw, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* buffer) {
  auto* bytes = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t got = ::pread(self(raw)->descriptor, bytes, size, off_t(address));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) {  // beyond the end: zeros, as HDF5's own drivers give
      std::memset(bytes, 0, size);
      return 0;
    }
    bytes += got, address += haddr_t(got), size -= size_t(got);
  }
  return 0;
}

herr_t write(H5FD_t* raw, H5FD_mem_t, hid_t, haddr_t address, size_t size, const void* buffer) {
  LatchingFile* file = self(raw);
  const auto* bytes = static_cast<const char*>(buffer);
  while (size > 0 && file->fault->code == 0) {
    const ssize_t put = ::pwrite(file->descriptor, bytes, size, off_t(address));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      file->fault->code = errno;
      break;
    }
    bytes += put, address += haddr_t(put), size -= size_t(put);
  }
  file->eof = std::max(file->eof, address + size);
  return 0;
}

herr_t truncate(H5FD_t* raw, hid_t, hbool_t) {
  LatchingFile* file = self(raw);
  if (file->eoa == file->eof) return 0;
  if (file->fault->code == 0 && ::ftruncate(file->descriptor, off_t(file->eoa)) != 0)
    file->fault->code = errno;
  file->eof = file->eoa;
  return 0;
}

H5FD_class_t latching_class() {
  H5FD_class_t c{};
#if H5_VERSION_GE(1, 13, 0)
  c.version = H5FD_CLASS_VERSION;
  c.value = H5FD_class_value_t(600);
#endif
  c.name = "rfmap_latching";
  c.maxaddr = (haddr_t(1) << (8 * sizeof(off_t) - 1)) - 1;
  c.fc_degree = H5F_CLOSE_STRONG;
  c.fapl_size = sizeof(DriverInfo);
  c.open = open_latching;
  c.close = close_latching;
  c.query = query;
  c.get_eoa = get_eoa;
  c.set_eoa = set_eoa;
  c.get_eof = get_eof;
  c.read = read;
  c.write = write;
  c.truncate = truncate;
  std::fill(std::begin(c.fl_map), std::end(c.fl_map), H5FD_MEM_SUPER);
  return c;
}

}  // namespace

void set_latching_driver(const Properties& access, WriteFault& fault) {
  static const H5FD_class_t driver_class = latching_class();
  static const hid_t driver = checked(H5FDregister(&driver_class), "register the file driver");
  const DriverInfo info{&fault};
  checked(H5Pset_driver(access.get(), driver, &info), "set the file driver");
}

}  // namespace rfmap::h5
