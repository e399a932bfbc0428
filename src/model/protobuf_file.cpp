#include "model/protobuf_file.h"

#include <cstddef>
#include <filesystem>
#include <limits>

#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include "rfmap/error.h"

namespace rfmap::importing {

void parse_binary(const std::string& path, const std::string& kind, const std::string& remedy,
                  google::protobuf::MessageLite& message) {
  constexpr int kMost = std::numeric_limits<int>::max();
  if (std::filesystem::file_size(path) > std::size_t(kMost))
    throw ModelError(
        fmt::format("'{}' is larger than 2 GB, which protobuf cannot read{}.", path, remedy));
  google::protobuf::io::FileInputStream file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  file.SetCloseOnDelete(true);
  google::protobuf::io::CodedInputStream stream(&file);
  stream.SetTotalBytesLimit(kMost);
  if (!message.ParsePartialFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    throw ModelError(fmt::format(
        "'{}' cannot be read as {}: it is truncated or another kind of file.", path, kind));
}

}  // namespace rfmap::importing
