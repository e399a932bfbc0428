#include "run/scan_times.h"

#include <algorithm>

#include <fmt/format.h>

namespace rfmap::run {

ScanTimes& ScanTimes::operator+=(const ScanTimes& other) {
  reading += other.reading;
  decoding += other.decoding;
  waiting += other.waiting;
  network += other.network;
  committing += other.committing;
  return *this;
}

/// While the scan waits for images, the threads that prepare them are the bound.
std::string bound_of(const ScanTimes& times) {
  const double most = std::max({times.waiting, times.network, times.committing});
  if (most == times.network) return "the network";
  if (most == times.committing) return "writing parts";
  return times.reading > times.decoding ? "reading" : "decoding";
}

std::string describe(const ScanTimes& times, int images, double seconds, int threads, int ranks,
                     int devices) {
  std::string together;
  if (ranks > 1) together = fmt::format("{} ranks together: ", ranks);
  if (ranks == 1 && devices > 1) together = fmt::format("{} devices together: ", devices);
  return fmt::format(
      "scanned {} images in {:.1f} s, {:.4g} images/s, bound by {} ({}network {:.1f} s, waiting "
      "for "
      "images {:.1f} s, writing parts {:.1f} s; ahead on {} threads: reading {:.1f} s, decoding "
      "{:.1f} s)",
      images, seconds, seconds > 0 ? images / seconds : 0.0, bound_of(times), together,
      times.network, times.waiting, times.committing, threads, times.reading, times.decoding);
}

}  // namespace rfmap::run
