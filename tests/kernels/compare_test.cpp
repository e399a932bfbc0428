#include "kernels/compare.h"

#include "on_host.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

/// Samples `stride` bytes apart, equal but for the bits that a test turns.
class Samples {
 public:
  Samples(int samples, std::int64_t bytes, std::int64_t stride)
      : bytes_(std::size_t(samples * stride)) {
    work_.in = bytes_.data();
    work_.samples = samples;
    work_.bytes = bytes;
    work_.stride = stride;
    Draw draw(11);
    want_.resize(std::size_t(bytes));
    for (char& byte : want_) byte = char(draw.below(256));
    work_.want = want_.data();
    for (char& byte : bytes_) byte = char(draw.below(256));
    for (int n = 0; n < samples; ++n)
      std::memcpy(bytes_.data() + n * stride, want_.data(), want_.size());
  }
  void turn_bit(int sample, std::int64_t byte) {
    bytes_[std::size_t(sample * work_.stride + byte)] ^= 0x10;
  }
  /// [sample][part]
  std::vector<std::vector<std::uint32_t>> differing() const {
    const int parts = parts_of(work_.bytes);
    std::vector<std::uint32_t> out(std::size_t(work_.samples) * parts, 77);
    spread(out.data(), work_, HostLoop{});
    std::vector<std::vector<std::uint32_t>> counts;
    for (int n = 0; n < work_.samples; ++n)
      counts.emplace_back(out.begin() + n * parts, out.begin() + (n + 1) * parts);
    return counts;
  }

 private:
  std::vector<char> bytes_, want_;
  BitDifferences work_;
};

TEST(KernelCompare, CountsWordsThatDifferByPart) {
  for (const std::int64_t bytes : {2L, 10L, 64L, 16384L, 16386L, 40000L})
    for (const std::int64_t gap : {0L, 2L, 64L}) {
      Samples samples(5, bytes, bytes + gap);
      const std::vector<std::uint32_t> none(std::size_t(parts_of(bytes)));
      EXPECT_EQ(samples.differing(), std::vector(5, none)) << bytes << " + " << gap;
      samples.turn_bit(3, 0);
      samples.turn_bit(3, bytes - 1);
      samples.turn_bit(4, bytes - 1);
      const auto got = samples.differing();
      for (int n = 0; n < 3; ++n) EXPECT_EQ(got[n], none) << bytes << " + " << gap;
      std::vector<std::uint32_t> last = none, both = none;
      ++last.back();
      ++both.front();
      if (bytes > 8) ++both.back();  // else it is one word
      EXPECT_EQ(got[3], both) << bytes << " + " << gap;
      EXPECT_EQ(got[4], last) << bytes << " + " << gap;
    }
}

TEST(KernelCompare, BitsAreComparedNotNumbers) {
  const float zeros[] = {0.f, -0.f}, nan = std::nanf("");
  const float nans[] = {nan, nan};
  std::uint32_t counts[2];
  for (const auto& [values, want] : {std::pair{zeros, 1u}, std::pair{nans, 0u}}) {
    BitDifferences work{values, values, sizeof(float), sizeof(float), 2};
    spread(counts, work, HostLoop{});
    EXPECT_EQ(counts[0], 0u);
    EXPECT_EQ(counts[1], want);
  }
}

}  // namespace
