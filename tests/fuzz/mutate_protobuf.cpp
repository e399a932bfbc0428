/// Mutations of protobuf files that leave the lengths around a change right: libFuzzer calls them
/// in place of its own, which hardly ever get past the parser. Without the schema: what parses as a
/// message is one.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using Draw = std::minstd_rand;

enum Wire : std::uint32_t { kVarint = 0, kFixed64 = 1, kChunk = 2, kFixed32 = 5 };
constexpr int kDeepest = 12;

/// A field of a message: a number, bytes, or a message itself.
struct Field {
  std::uint64_t key = 0;
  std::uint64_t number = 0;
  std::string bytes;
  std::vector<Field> fields;  ///< of a message
  Wire wire() const { return Wire(key & 7); }
};
using Message = std::vector<Field>;

bool take_varint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

bool take_bytes(std::string_view& in, std::uint64_t count, std::string& bytes) {
  if (count > in.size()) return false;
  bytes = in.substr(0, std::size_t(count));
  in.remove_prefix(std::size_t(count));
  return true;
}

bool parse(std::string_view in, int depth, Message& message) {
  while (!in.empty()) {
    Field f;
    if (!take_varint(in, f.key) || f.key >> 3 == 0) return false;
    std::uint64_t length = f.wire() == kFixed64 ? 8 : 4;
    if (f.wire() == kVarint) {
      if (!take_varint(in, f.number)) return false;
    } else {
      if (f.wire() != kChunk && f.wire() != kFixed64 && f.wire() != kFixed32) return false;
      if (f.wire() == kChunk && !take_varint(in, length)) return false;
      if (!take_bytes(in, length, f.bytes)) return false;
      if (f.wire() == kChunk && (depth == 0 || !parse(f.bytes, depth - 1, f.fields)))
        f.fields.clear();
    }
    message.push_back(std::move(f));
  }
  return true;
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value > 127; value >>= 7) out.push_back(char((value & 127) | 128));
  out.push_back(char(value));
}

std::string written(const Message& message) {
  std::string out;
  for (const Field& f : message) {
    put_varint(out, f.key);
    if (f.wire() == kVarint) {
      put_varint(out, f.number);
      continue;
    }
    const std::string bytes = f.fields.empty() ? f.bytes : written(f.fields);
    if (f.wire() == kChunk) put_varint(out, bytes.size());
    out += bytes;
  }
  return out;
}

/// Where a field is.
struct Place {
  Message* list = nullptr;
  std::size_t at = 0;
  Field& field() const { return (*list)[at]; }
};

void find_places(Message& message, std::vector<Place>& places) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    places.push_back({&message, i});
    find_places(message[i].fields, places);
  }
}

template <class T>
const T& one_of(const std::vector<T>& list, Draw& draw) {
  return list[draw() % list.size()];
}

void mutate_number(std::uint64_t& number, Draw& draw) {
  static const std::vector<std::uint64_t> telling{
      0,       1,          2,           3,          7,          std::uint64_t(-1), 1 << 16,
      1 << 30, 0x7FFFFFFF, 0x80000000u, 1ull << 32, 1ull << 62, 1ull << 63};
  switch (draw() % 4) {
    case 0:
      number = one_of(telling, draw);
      break;
    case 1:
      number = draw() % 32;
      break;
    case 2:
      number += draw() % 2 ? 1 : std::uint64_t(-1);
      break;
    default:
      number ^= 1ull << draw() % 64;
  }
}

void mutate_bytes(std::string& bytes, std::size_t room, Draw& draw) {
  const std::size_t most = bytes.size() + 1 + draw() % 16;
  std::string longer = bytes;
  longer.resize(std::max<std::size_t>(1, std::min(most, bytes.size() + room)));
  const std::size_t size = LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(longer.data()),
                                            std::min(bytes.size(), longer.size()), longer.size());
  bytes = longer.substr(0, size);
}

void mutate_value(Field& f, std::size_t room, Draw& draw) {
  if (f.wire() == kVarint) return mutate_number(f.number, draw);
  f.fields.clear();
  const std::size_t width = f.bytes.size();
  mutate_bytes(f.bytes, f.wire() == kChunk ? room : 0, draw);
  if (f.wire() != kChunk) f.bytes.resize(width);
}

/// One change of `message`; fields that are put in come from `others`.
void change(Message& message, Message& others, std::size_t room, Draw& draw) {
  std::vector<Place> places, sources;
  find_places(message, places);
  find_places(others, sources);
  if (places.empty() || sources.empty()) return;
  const Place place = one_of(places, draw);
  Message& list = *place.list;
  const auto at = list.begin() + std::ptrdiff_t(place.at);
  std::vector<Place> alike;  // of the same key
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(alike),
               [&](const Place& p) { return p.field().key == at->key; });
  const Field source = alike.empty() ? one_of(sources, draw).field() : one_of(alike, draw).field();
  switch (draw() % 8) {
    case 0:
      list.erase(at);
      break;
    case 1:
      list.insert(at, source);
      break;
    case 2:
      *at = source;
      break;
    case 3:
      std::swap(*at, list[draw() % list.size()]);
      break;
    case 4:
      list.insert(at, one_of(sources, draw).field());
      break;
    default:
      mutate_value(*at, room, draw);
  }
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

std::size_t take(const std::string& made, std::uint8_t* out, std::size_t most) {
  if (made.size() > most) return 0;
  std::memcpy(out, made.data(), made.size());
  return made.size();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  Draw draw(seed);
  Message message;
  if (draw() % 16 == 0 || !parse(text_of(data, size), kDeepest, message))
    return LLVMFuzzerMutate(data, size, most);
  const std::size_t room = most > size ? most - size : 0;
  for (unsigned changes = 1 + draw() % 3; changes > 0; --changes) {
    Message others = message;
    change(message, others, room, draw);
  }
  const std::size_t made = take(written(message), data, most);
  return made > 0 ? made : LLVMFuzzerMutate(data, size, most);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t most, unsigned seed) {
  Draw draw(seed);
  Message message, others;
  if (!parse(text_of(first, first_size), kDeepest, message) ||
      !parse(text_of(second, second_size), kDeepest, others))
    return 0;
  const std::size_t room = most > first_size ? most - first_size : 0;
  for (unsigned changes = 1 + draw() % 3; changes > 0; --changes)
    change(message, others, room, draw);
  return take(written(message), out, most);
}
