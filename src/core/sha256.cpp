#include "core/sha256.h"

#include <array>
#include <cstddef>
#include <fstream>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include "rfmap/error.h"

namespace rfmap::core {
namespace {

void require(bool done) {
  if (!done) throw EngineError("OpenSSL cannot compute a SHA-256 digest.");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), &length));
  return fmt::format("{:02x}", fmt::join(std::span(digest).first(length), ""));
}

std::string sha256_of_files(const std::vector<std::string>& paths) {
  if (paths.empty()) return "";
  Sha256 hash;
  std::vector<char> buffer(1 << 20);
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    while (file.read(buffer.data(), std::streamsize(buffer.size())) || file.gcount() > 0)
      hash.update({buffer.data(), std::size_t(file.gcount())});
    if (!file.eof() || file.bad()) throw ModelError("'" + path + "' cannot be read.");
  }
  return hash.hex();
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace rfmap::core
