#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

/// NumPy's .npy files, float32 in C order only; for tests and tools.
namespace rfmap::npy {

struct Array {
  std::vector<std::size_t> dims;
  std::vector<float> values;
};

inline std::size_t count(const std::vector<std::size_t>& dims) {
  std::size_t product = 1;
  for (const std::size_t d : dims) product *= d;
  return product;
}

/// Throws std::runtime_error if the file is not such an array.
inline Array read(const std::string& path) {
  static_assert(std::endian::native == std::endian::little);
  std::ifstream file(path, std::ios::binary);
  std::string start(8, '\0');
  if (!file.read(start.data(), 8) || !start.starts_with("\x93NUMPY"))
    throw std::runtime_error("'" + path + "' is not a .npy file");
  const int length_bytes = start[6] == 1 ? 2 : 4;
  std::uint32_t length = 0;
  file.read(reinterpret_cast<char*>(&length), length_bytes);
  std::string header(length, '\0');
  file.read(header.data(), length);
  if (header.find("'<f4'") == std::string::npos ||
      header.find("'fortran_order': False") == std::string::npos)
    throw std::runtime_error("'" + path + "' does not hold float32 in C order");
  Array array;
  const std::size_t open = header.find('('), close = header.find(')');
  for (std::size_t i = open + 1; open != std::string::npos && i < close;) {
    std::size_t used = 0;
    const std::size_t digit = header.find_first_of("0123456789", i);
    if (digit >= close) break;
    array.dims.push_back(std::stoul(header.substr(digit), &used));
    i = digit + used;
  }
  array.values.resize(count(array.dims));
  if (!file.read(reinterpret_cast<char*>(array.values.data()), array.values.size() * 4))
    throw std::runtime_error("'" + path + "' is truncated");
  return array;
}

/// Throws std::runtime_error if the file cannot be written.
inline void write(const std::string& path, const std::vector<std::size_t>& dims,
                  const float* values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const std::size_t d : dims) header += std::to_string(d) + ",";
  header += "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << std::string("\x93NUMPY\x01\x00", 8) << char(header.size() & 255)
       << char(header.size() >> 8) << header;
  file.write(reinterpret_cast<const char*>(values), std::streamsize(count(dims) * 4));
  if (!file.flush()) throw std::runtime_error("'" + path + "' cannot be written");
}

}  // namespace rfmap::npy
