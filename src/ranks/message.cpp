#include "ranks/message.h"

#include <cstring>
#include <stdexcept>

namespace rfmap::ranks {

std::string packed(const Message& message) {
  std::string bytes(1, char(message.kind));
  for (const std::int64_t value : {message.number, message.list})
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes + message.text;
}

Message unpacked(const std::string& bytes) {
  Message message;
  constexpr std::size_t kNumber = sizeof message.number, kHead = 1 + 2 * kNumber;
  if (bytes.size() < kHead) throw std::logic_error("a message without a head");
  message.kind = Kind(bytes[0]);
  std::memcpy(&message.number, bytes.data() + 1, kNumber);
  std::memcpy(&message.list, bytes.data() + 1 + kNumber, kNumber);
  message.text = bytes.substr(kHead);
  return message;
}

}  // namespace rfmap::ranks
