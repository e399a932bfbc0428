#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_md_ctx_st;  // OpenSSL's, as EVP_MD_CTX

namespace rfmap::core {

/// SHA-256 (FIPS 180-4) of bytes given piece by piece. Throws EngineError (no memory).
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  /// Digest as 64 hexadecimal digits; ends the use of the object.
  std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The digest of `bytes`.
std::string sha256_hex(std::string_view bytes);

/// Digest of the files' contents, one after the other; empty if there is no file. Throws ModelError
/// for one that cannot be read.
std::string sha256_of_files(const std::vector<std::string>& paths);

}  // namespace rfmap::core
