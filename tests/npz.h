#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <zlib.h>

namespace rfmap {

/// One array of an npz file: C order; data of the type that `descr` names ("<f4", "|u1").
struct NpyArray {
  std::string descr;
  std::vector<std::size_t> shape;
  std::vector<std::uint8_t> bytes;

  std::size_t size() const {
    return std::accumulate(shape.begin(), shape.end(), std::size_t(1), std::multiplies<>());
  }
  template <class T>
  std::vector<T> values() const {
    if (bytes.size() != size() * sizeof(T)) throw std::runtime_error("npz: other type: " + descr);
    std::vector<T> result(size());
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }
  /// Entries of a one-dimensional "<U..." array (four bytes per character), ASCII only.
  std::vector<std::string> strings() const {
    const std::size_t length = bytes.size() / size() / 4;
    std::vector<std::string> result(size());
    for (std::size_t i = 0; i < size(); ++i)
      for (std::size_t c = 0; c < length; ++c)
        if (const char letter = char(bytes[(i * length + c) * 4])) result[i] += letter;
    return result;
  }
};

namespace npz_detail {

using Bytes = std::vector<std::uint8_t>;

inline std::uint32_t little(const Bytes& b, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | b.at(at + std::size_t(i));
  return value;
}

inline Bytes inflated(const std::uint8_t* data, std::size_t size, std::size_t out_size) {
  Bytes out(out_size);
  z_stream stream{};
  stream.next_in = const_cast<std::uint8_t*>(data);
  stream.avail_in = uInt(size);
  stream.next_out = out.data();
  stream.avail_out = uInt(out_size);
  inflateInit2(&stream, -MAX_WBITS);
  const int code = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("npz: damaged entry");
  return out;
}

inline NpyArray parse_npy(const Bytes& b) {
  const bool wide = b.at(6) >= 2;
  const std::size_t start = wide ? 12 : 10, length = little(b, 8, wide ? 4 : 2);
  const std::string header(b.begin() + std::ptrdiff_t(start),
                           b.begin() + std::ptrdiff_t(start + length));
  if (header.find("'fortran_order': False") == std::string::npos)
    throw std::runtime_error("npz: not in C order");
  NpyArray array;
  const std::size_t type = header.find('\'', header.find("'descr':") + 8) + 1;
  array.descr = header.substr(type, header.find('\'', type) - type);
  const std::size_t open = header.find('('), close = header.find(')');
  for (std::size_t at = open + 1; at < close;) {
    if (header[at] >= '0' && header[at] <= '9') {
      array.shape.push_back(std::stoull(header.substr(at)));
      at = std::min(header.find(',', at), close);
    }
    ++at;
  }
  array.bytes.assign(b.begin() + std::ptrdiff_t(start + length), b.end());
  return array;
}

}  // namespace npz_detail

/// Reads one array of an npz file (zip, entries stored or deflated; no zip64). Throws
/// std::runtime_error. Source of the format: NumPy's numpy.lib.format, PKWARE's APPNOTE 4.3.
inline NpyArray read_npz(const std::string& path, const std::string& key) {
  using namespace npz_detail;
  std::ifstream in(path, std::ios::binary);
  const Bytes b{std::istreambuf_iterator<char>(in), {}};
  if (b.size() < 22) throw std::runtime_error("npz: cannot read " + path);
  std::size_t end = b.size() - 22;
  while (little(b, end, 4) != 0x06054b50)
    if (end-- == 0) throw std::runtime_error("npz: no directory in " + path);
  std::size_t at = little(b, end + 16, 4);
  for (std::uint32_t left = little(b, end + 10, 2); left > 0; --left) {
    const std::size_t name = little(b, at + 28, 2), rest = little(b, at + 30, 2);
    if (std::string(b.begin() + std::ptrdiff_t(at + 46),
                    b.begin() + std::ptrdiff_t(at + 46 + name)) == key + ".npy") {
      const std::size_t local = little(b, at + 42, 4), packed = little(b, at + 20, 4);
      const std::size_t data = local + 30 + little(b, local + 26, 2) + little(b, local + 28, 2);
      const std::size_t size = little(b, at + 24, 4);
      if (data + packed > b.size()) throw std::runtime_error("npz: cut short: " + path);
      if (little(b, at + 10, 2) == 8) return parse_npy(inflated(&b[data], packed, size));
      return parse_npy({b.begin() + std::ptrdiff_t(data), b.begin() + std::ptrdiff_t(data + size)});
    }
    at += 46 + name + rest + little(b, at + 32, 2);
  }
  throw std::runtime_error("npz: no array " + key + " in " + path);
}

}  // namespace rfmap
