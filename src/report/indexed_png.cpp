#include "report/indexed_png.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <opencv2/imgproc.hpp>
#include <zlib.h>

#include "rfmap/error.h"

#include "io/files.h"

namespace rfmap::report {
using io::Bytes;
namespace {

void put_number(Bytes& out, std::uint32_t n) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(std::uint8_t(n >> shift));
}

void put_chunk(Bytes& out, std::string_view kind, const Bytes& data) {
  put_number(out, std::uint32_t(data.size()));
  const std::size_t begin = out.size();
  out.insert(out.end(), kind.begin(), kind.end());
  out.insert(out.end(), data.begin(), data.end());
  put_number(out, std::uint32_t(crc32(0, out.data() + begin, uInt(out.size() - begin))));
}

Bytes header(const cv::Mat& indices) {
  Bytes data;
  put_number(data, std::uint32_t(indices.cols));
  put_number(data, std::uint32_t(indices.rows));
  data.insert(data.end(), {8, 3, 0, 0, 0});  // depth, palette, deflate, no filter, not interlaced
  return data;
}

Bytes pixels(const cv::Mat& indices) {
  cv::Mat raw;  // each row begins with its filter: 0, none
  cv::copyMakeBorder(indices, raw, 0, 0, 1, 0, cv::BORDER_CONSTANT, 0);
  uLongf size = compressBound(uLong(raw.total()));
  Bytes packed(size);
  if (compress2(packed.data(), &size, raw.data, uLong(raw.total()), 6) != Z_OK)
    throw EngineError("out of memory while a picture was compressed");
  packed.resize(size);
  return packed;
}

}  // namespace

cv::Mat indices_of(std::span<const float> values, cv::Size size, double low, double high) {
  cv::Mat_<std::uint8_t> indices(size);
  const double scale = high > low ? 254 / (high - low) : 0;
  std::ranges::transform(values, indices.begin(), [&](double v) {
    const double step = std::clamp((v - low) * scale, 0.0, 254.0);
    return std::uint8_t(std::isnan(v) ? 0 : 1 + std::lround(step));
  });
  return indices;
}

Palette indexed(const Palette& colours) {
  Palette palette;
  palette[0] = {255, 255, 255};
  for (int i = 1; i < 256; ++i) palette[i] = at(colours, (i - 1) / 254.0);
  return palette;
}

std::vector<std::uint8_t> indexed_png(const cv::Mat& indices, const Palette& palette,
                                      const Opacities& opacities) {
  Bytes out{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, colours;
  for (const Colour& c : palette) colours.insert(colours.end(), {c[2], c[1], c[0]});
  put_chunk(out, "IHDR", header(indices));
  put_chunk(out, "PLTE", colours);
  put_chunk(out, "tRNS", {opacities.begin(), opacities.end()});
  put_chunk(out, "IDAT", pixels(indices));
  put_chunk(out, "IEND", {});
  return out;
}

}  // namespace rfmap::report
