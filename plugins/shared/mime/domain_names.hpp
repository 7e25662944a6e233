#pragma once
#include <memory>
#include <string>
#include <string_view>

struct UIDNA;

namespace haulier::mime {

// Internationalised domain names (UTS 46, non-transitional): the form that mail servers use and the form that people
// read. Owned by one AddressReader; ICU's tables are opened by the first such domain.
class DomainNames {
 public:
  // Empty when the domain is no valid name in that form.
  [[nodiscard]] std::string to_ascii(std::string_view domain);
  [[nodiscard]] std::string to_unicode(std::string_view domain);

 private:
  struct Close {
    void operator()(UIDNA* idna) const;
  };
  [[nodiscard]] bool open();
  std::unique_ptr<UIDNA, Close> idna_;
};

// Whether a label of `domain` is in ASCII form ("xn--").
[[nodiscard]] bool has_ascii_form_label(std::string_view domain);

}  // namespace haulier::mime
