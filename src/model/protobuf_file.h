#pragma once

#include <string>

#include <google/protobuf/message_lite.h>

namespace rfmap::importing {

/// Parses a binary file of up to 2 GB. Throws ModelError if it is larger (with the `remedy`) or is
/// not `kind`.
void parse_binary(const std::string& path, const std::string& kind, const std::string& remedy,
                  google::protobuf::MessageLite& message);

}  // namespace rfmap::importing
