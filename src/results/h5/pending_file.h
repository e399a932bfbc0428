#pragma once

#include <memory>
#include <string>

#include "results/h5/file_driver.h"
#include "results/h5/h5.h"

namespace rfmap::results {

/// An empty PATH.part, before a PendingFile takes its place: another process sees that something is
/// being made, and that it cannot be made is known at once. Removed when destroyed, unless
/// released.
class Placeholder {
 public:
  /// Throws ConfigError when the file cannot be created, EngineError when the disk is full.
  explicit Placeholder(const std::string& path);
  ~Placeholder();
  Placeholder(const Placeholder&) = delete;
  void release() { part_.clear(); }

 private:
  std::string part_;
};

/// An HDF5 file being written: PATH.part until commit() syncs it and renames it; removed when
/// destroyed before that.
class PendingFile {
 public:
  /// Throws ConfigError when the file cannot be created, EngineError when the disk is full.
  explicit PendingFile(const std::string& path, h5::FileFormat format = h5::FileFormat::v1_8);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;

  hid_t id() const { return file_.get(); }
  /// Closes, syncs, renames, syncs the folder. Throws EngineError.
  void commit();

  /// Runs `write`; its failures, and failed writes of the file driver, become an EngineError.
  template <class Write>
  void guarded(Write&& write) {
    h5::silence();
    try {
      write();
    } catch (const h5::Failure& failure) {
      fail(failure.what());
    }
    if (fault_->code != 0) fail("");
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const;
  void close();

  std::string path_, part_;
  std::unique_ptr<h5::WriteFault> fault_;
  h5::File file_;
};

}  // namespace rfmap::results
