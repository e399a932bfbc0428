#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

/// Tar archives made byte by byte, from the format's description.
namespace rfmap::tar_samples {

struct Entry {
  std::string name;
  std::string content;
  char type = '0';
  std::string prefix;  ///< of ustar
};

inline void put(std::string& block, std::size_t at, std::string_view text) {
  block.replace(at, text.size(), text);
}

inline std::string octal(std::uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return text;
}

/// Fills in the sum of a header's bytes.
inline void seal(std::string& block) {
  put(block, 148, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, octal(sum, 6) + std::string("\0 ", 2));
}

/// A header that says `size`, whatever follows it.
inline std::string header(const Entry& e, std::uint64_t size) {
  std::string block(512, '\0');
  put(block, 0, e.name.substr(0, 100));
  put(block, 100, "0000644");
  put(block, 124, octal(size, 11));
  put(block, 136, "00000000000");
  block[156] = e.type;
  put(block, 257, std::string_view("ustar\00000", 8));
  put(block, 345, e.prefix);
  seal(block);
  return block;
}

inline std::string padded(std::string content) {
  content.resize((content.size() + 511) / 512 * 512, '\0');
  return content;
}

inline std::string member(const Entry& e) {
  return header(e, e.content.size()) + padded(e.content);
}

inline std::string end() { return std::string(1024, '\0'); }

/// GNU's header of a name longer than 100 bytes.
inline std::string long_name(const std::string& name) {
  return member({"././@LongLink", name + std::string(1, '\0'), 'L', ""});
}

/// One pax record "LENGTH KEY=VALUE\n", whose length counts its own digits.
inline std::string record(const std::string& key, const std::string& value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + " " + key + "=" + value + "\n";
}
inline std::string pax(const std::string& records) {
  return member({"PaxHeaders/x", records, 'x', ""});
}

}  // namespace rfmap::tar_samples
