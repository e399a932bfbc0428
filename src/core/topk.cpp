#include "rfmap/topk.h"

#include <algorithm>

namespace rfmap {

RunningTopK::RunningTopK(int units, int k, Ranking ranking)
    : k_(k), ranking_(ranking), peaks_(units) {}

void RunningTopK::offer(int unit, const Peak& peak) {
  // Zero: the unit did not fire. A NaN has no rank.
  if (k_ < 1 || !(peak.activation < 0 || peak.activation > 0)) return;
  const auto better = [this](const Peak& a, const Peak& b) {
    if (a.activation != b.activation)
      return ranking_ == Ranking::top ? a.activation > b.activation : a.activation < b.activation;
    return a.image < b.image;
  };
  std::vector<Peak>& best = peaks_[unit];
  if (int(best.size()) == k_) {
    if (!better(peak, best.back())) return;
    best.pop_back();
  }
  best.insert(std::upper_bound(best.begin(), best.end(), peak, better), peak);
}

std::span<const Peak> RunningTopK::of(int unit) const { return peaks_[unit]; }

}  // namespace rfmap
