#include "report/indexed_png.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <zlib.h>

#include "rfmap/error.h"

namespace rfmap::report {
namespace {

using Bytes = std::vector<std::uint8_t>;

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
  Bytes raw;
  raw.reserve(std::size_t(indices.rows) * (std::size_t(indices.cols) + 1));
  for (int y = 0; y < indices.rows; ++y) {
    raw.push_back(0);
    const auto* row = indices.ptr<std::uint8_t>(y);
    raw.insert(raw.end(), row, row + indices.cols);
  }
  uLongf size = compressBound(uLong(raw.size()));
  Bytes packed(size);
  if (compress2(packed.data(), &size, raw.data(), uLong(raw.size()), 6) != Z_OK)
    throw EngineError("out of memory while a picture was compressed");
  packed.resize(size);
  return packed;
}

}  // namespace

cv::Mat indices_of(std::span<const float> values, cv::Size size, double low, double high) {
  cv::Mat indices(size, CV_8U, cv::Scalar(0));
  const double scale = high > low ? 254 / (high - low) : 0;
  for (int y = 0, i = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x, ++i) {
      const double v = values[std::size_t(i)];
      if (!std::isnan(v))
        indices.at<std::uint8_t>(y, x) =
            std::uint8_t(1 + std::lround(std::clamp((v - low) * scale, 0.0, 254.0)));
    }
  return indices;
}

Palette indexed(const Palette& colours) {
  Palette palette;
  palette[0] = {255, 255, 255};
  for (int i = 1; i < 256; ++i) palette[std::size_t(i)] = at(colours, (i - 1) / 254.0);
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
