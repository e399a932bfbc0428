#include "method/mean_image.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include <caffe.pb.h>
#include <fmt/format.h>

#include "rfmap/error.h"

namespace rfmap::method {
namespace {

[[noreturn]] void refuse_file(const std::string& label, const std::string& path,
                              const std::string& problem) {
  throw ConfigError(
      fmt::format("{} {}: {}; a mean image of Caffe, or its numbers (A,B,C), would help", label,
                  path, problem));
}

/// Channels of the image: the last three axes are channels, rows and columns.
std::int64_t channels_of_image(const caffe::BlobProto& blob) {
  const auto& dims = blob.shape().dim();
  if (!blob.has_shape()) return blob.num() == 1 ? blob.channels() : 0;
  if (dims.size() == 3) return dims[0];
  return dims.size() == 4 && dims[0] == 1 ? dims[1] : 0;
}

}  // namespace

std::vector<double> channel_means(const std::string& label, const std::string& path) {
  if (!std::filesystem::is_regular_file(path))
    refuse_file(label, path, "it does not exist or is not a file");
  std::ifstream stream(path, std::ios::binary);
  caffe::BlobProto blob;
  if (!blob.ParsePartialFromIstream(&stream))
    refuse_file(label, path, "it is truncated or another kind of file");
  const std::int64_t channels = channels_of_image(blob), count = blob.data_size();
  if ((channels != 1 && channels != 3) || count == 0 || count % channels != 0)
    refuse_file(label, path,
                fmt::format("it holds no image of 1 or 3 channels ({} values, {} channels)", count,
                            channels));
  std::vector<double> means(channels);
  const std::int64_t area = count / channels;
  for (std::int64_t i = 0; i < count; ++i) means[i / area] += blob.data(int(i)) / double(area);
  for (const double mean : means)
    if (!std::isfinite(mean)) refuse_file(label, path, "its values are not finite");
  return means;
}

}  // namespace rfmap::method
