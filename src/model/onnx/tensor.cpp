#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "model/onnx/file.h"

namespace rfmap::importing {
namespace {

static_assert(std::endian::native == std::endian::little, "raw tensors are little-endian");

[[noreturn]] void fail(const onnx::TensorProto& tensor, const std::string& problem) {
  throw Damaged(fmt::format("tensor '{}' {}", tensor.name(), problem));
}

std::uint64_t external_number(const onnx::TensorProto& tensor, const std::string& key,
                              std::uint64_t fallback) {
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() != key) continue;
    std::uint64_t value = 0;
    const std::string& digits = entry.value();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size())
      fail(tensor, fmt::format("has '{}' as its {}", digits, key));
    return value;
  }
  return fallback;
}

/// `count` bytes of the tensor's external file.
std::string read_external(const onnx::TensorProto& tensor, const std::string& folder,
                          std::uint64_t count) {
  const std::string path = external_path(tensor, folder);
  const std::uint64_t offset = external_number(tensor, "offset", 0);
  const std::uint64_t length = external_number(tensor, "length", count);
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (error) fail(tensor, "needs the weights file '" + path + "', which does not exist");
  if (length != count)
    fail(tensor, fmt::format("needs {} bytes, and the file gives it {}", count, length));
  if (offset > size || size - offset < count)
    fail(tensor,
         fmt::format("lies beyond the end of '{}', which is truncated or another network's", path));
  std::string bytes(count, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.seekg(std::streamoff(offset)) || !file.read(bytes.data(), std::streamsize(count)))
    fail(tensor, fmt::format("cannot be read from '{}'", path));
  return bytes;
}

float from_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }

float from_half(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t(half & 0x8000) << 16, exponent = half >> 10 & 31,
                      fraction = half & 1023;
  if (exponent == 31) return from_bits(sign | 0x7f800000 | fraction << 13);
  if (exponent > 0) return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
  const float tiny = float(fraction) * 0x1p-24f;
  return sign ? -tiny : tiny;
}

float from_bfloat(std::uint16_t bits) { return from_bits(std::uint32_t(bits) << 16); }

template <class Stored>
std::vector<Stored> unpack(const std::string& bytes) {
  std::vector<Stored> values(bytes.size() / sizeof(Stored));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(Stored));
  return values;
}

/// One tensor while its values are read.
struct Source {
  onnx::TensorProto& tensor;
  const std::string& folder;
  Dims dims;
  std::int64_t count;

  /// The values as stored: in raw bytes, an external file, or `field`.
  template <class Stored, class Field>
  std::vector<Stored> stored(const Field& field) const {
    std::vector<Stored> values;
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
      values = unpack<Stored>(read_external(tensor, folder, count * sizeof(Stored)));
    } else if (tensor.has_raw_data()) {
      if (tensor.raw_data().size() != count * sizeof(Stored)) wrong(tensor.raw_data().size());
      values = unpack<Stored>(tensor.raw_data());
      std::string().swap(*tensor.mutable_raw_data());
    } else {
      values.assign(field.begin(), field.end());
    }
    if (std::int64_t(values.size()) != count) wrong(values.size() * sizeof(Stored));
    return values;
  }
  [[noreturn]] void wrong(std::size_t bytes) const {
    fail(tensor, fmt::format("of {} holds {} bytes, which is not its size: weights are missing or "
                             "damaged",
                             text(dims), bytes));
  }
  template <class Stored, class Field>
  Constant integers(const Field& field) const {
    const std::vector<Stored> values = stored<Stored>(field);
    return make_constant(dims, std::vector<std::int64_t>(values.begin(), values.end()));
  }
  template <class Stored, class Field, class Convert>
  Constant floats(const Field& field, Convert convert) const {
    const std::vector<Stored> values = stored<Stored>(field);
    std::vector<float> converted(values.size());
    std::transform(values.begin(), values.end(), converted.begin(), convert);
    return make_constant(dims, std::move(converted));
  }
};

}  // namespace

bool lacks_values(const onnx::TensorProto& tensor, const std::string& folder) {
  if (tensor.data_type() == onnx::TensorProto::STRING ||
      volume({tensor.dims().begin(), tensor.dims().end()}) == 0)
    return false;
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    const bool named = std::ranges::any_of(tensor.external_data(), [](const auto& entry) {
      return entry.key() == "location" && !entry.value().empty();
    });
    return !named || !std::filesystem::exists(external_path(tensor, folder));
  }
  return tensor.raw_data().empty() && tensor.float_data().empty() && tensor.int32_data().empty() &&
         tensor.int64_data().empty() && tensor.double_data().empty() &&
         tensor.uint64_data().empty();
}

Constant take_values(onnx::TensorProto& tensor, const std::string& folder) {
  const Dims dims(tensor.dims().begin(), tensor.dims().end());
  const Source source{tensor, folder, dims, volume(dims)};
  const auto& small = tensor.int32_data();  // holds 8, 16 and 32 bit types, halves as bits
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      return make_constant(dims, source.stored<float>(tensor.float_data()));
    case onnx::TensorProto::DOUBLE:
      return source.floats<double>(tensor.double_data(), [](double v) { return float(v); });
    case onnx::TensorProto::FLOAT16:
      return source.floats<std::uint16_t>(small, from_half);
    case onnx::TensorProto::BFLOAT16:
      return source.floats<std::uint16_t>(small, from_bfloat);
    case onnx::TensorProto::INT64:
      return source.integers<std::int64_t>(tensor.int64_data());
    case onnx::TensorProto::INT32:
      return source.integers<std::int32_t>(small);
    case onnx::TensorProto::INT16:
      return source.integers<std::int16_t>(small);
    case onnx::TensorProto::UINT16:
      return source.integers<std::uint16_t>(small);
    case onnx::TensorProto::INT8:
      return source.integers<std::int8_t>(small);
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::BOOL:
      return source.integers<std::uint8_t>(small);
    case onnx::TensorProto::UINT32:
      return source.integers<std::uint32_t>(tensor.uint64_data());
    case onnx::TensorProto::UINT64:
      return source.integers<std::uint64_t>(tensor.uint64_data());
    default:
      throw Refusal(fmt::format("tensor '{}' has element type {}, which is not supported",
                                tensor.name(), tensor.data_type()));
  }
}

}  // namespace rfmap::importing
