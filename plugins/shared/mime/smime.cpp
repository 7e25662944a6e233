#include "mime/smime.hpp"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <climits>
#include <memory>

namespace haulier::mime {

bool unwrap_signed(std::string_view der, std::string& out) {
  out.clear();
  if (der.empty() || der.size() > INT_MAX) return false;
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(der.data(), static_cast<int>(der.size())),
                                                     &BIO_free);
  if (!in) return false;
  const std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)> cms(d2i_CMS_bio(in.get(), nullptr),
                                                                              &CMS_ContentInfo_free);
  ERR_clear_error();  // the queue belongs to the thread, not to us
  if (!cms || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed) return false;
  ASN1_OCTET_STRING** content = CMS_get0_content(cms.get());
  ERR_clear_error();
  if (content == nullptr || *content == nullptr) return false;
  const int size = ASN1_STRING_length(*content);
  out.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(*content)), static_cast<std::size_t>(size));
  return !out.empty();
}

}  // namespace haulier::mime
