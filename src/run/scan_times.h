#pragma once

#include <chrono>
#include <string>

namespace rfmap::run {

/// Where a scan spends its time, in seconds.
struct ScanTimes {
  double reading = 0, decoding = 0;  ///< of all threads together, ahead of the scan
  double waiting = 0;                ///< for an image to be decoded
  double network = 0;                ///< for passes
  double committing = 0;             ///< to write parts
  ScanTimes& operator+=(const ScanTimes& other);
};

/// Adds its lifetime to a sum.
class Timed {
 public:
  explicit Timed(double& seconds) : seconds_(seconds) {}
  ~Timed() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  Timed(const Timed&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// What most of the scan's time went to: "reading", "decoding", "the network", "writing parts".
std::string bound_of(const ScanTimes& times);

/// "scanned 100 images in 2.0 s, 50 images/s, bound by decoding: ..."; the times are
/// those of `ranks` processes, or of `devices` of one, together.
std::string describe(const ScanTimes& times, int images, double seconds, int threads, int ranks = 1,
                     int devices = 1);

}  // namespace rfmap::run
