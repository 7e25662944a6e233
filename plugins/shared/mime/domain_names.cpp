#include "mime/domain_names.hpp"

#include <unicode/uidna.h>

#include <array>
#include <cstdint>

#include "mime/ascii.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kLongestDomain = 255;  // bytes of ASCII, RFC 1035 section 2.3.4; of UTF-8 at most four times that

using Convert = std::int32_t (*)(const UIDNA*, const char*, std::int32_t, char*, std::int32_t, UIDNAInfo*, UErrorCode*);

std::string converted(const UIDNA* idna, std::string_view domain, Convert convert) {
  if (domain.empty() || domain.size() > kLongestDomain * 4) return {};
  std::array<char, kLongestDomain * 4> out;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t size = convert(idna, domain.data(), static_cast<std::int32_t>(domain.size()), out.data(),
                                    static_cast<std::int32_t>(out.size()), &info, &error);
  if (U_FAILURE(error) || info.errors != 0 || size <= 0 || static_cast<std::size_t>(size) > out.size()) return {};
  return {out.data(), static_cast<std::size_t>(size)};
}

}  // namespace

void DomainNames::Close::operator()(UIDNA* idna) const { uidna_close(idna); }

bool DomainNames::open() {
  if (idna_) return true;
  UErrorCode error = U_ZERO_ERROR;
  idna_.reset(uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE, &error));
  return U_SUCCESS(error) && idna_ != nullptr;
}

std::string DomainNames::to_ascii(std::string_view domain) {
  return open() ? converted(idna_.get(), domain, &uidna_nameToASCII_UTF8) : std::string();
}

std::string DomainNames::to_unicode(std::string_view domain) {
  return open() ? converted(idna_.get(), domain, &uidna_nameToUnicodeUTF8) : std::string();
}

bool has_ascii_form_label(std::string_view domain) {
  for (std::size_t at = domain.find('-'); at != std::string_view::npos; at = domain.find('-', at + 1)) {
    if (at < 2 || !domain.substr(at).starts_with("--") || !equals_ignoring_case(domain.substr(at - 2, 2), "xn"))
      continue;
    if (at == 2 || domain[at - 3] == '.') return true;
  }
  return false;
}

}  // namespace haulier::mime
