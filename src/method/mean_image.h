#pragma once

#include <string>
#include <vector>

namespace rfmap::method {

/// The mean of each channel of a mean image of Caffe, a BlobProto; one number, or three. Throws
/// ConfigError with `label`, the option, if the file does not exist or is something else.
std::vector<double> channel_means(const std::string& label, const std::string& path);

}  // namespace rfmap::method
