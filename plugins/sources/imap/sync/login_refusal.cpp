#include "sync/login_refusal.hpp"

#include <string>

namespace haulier::imap {
namespace {

struct Phrase {
  std::string_view text;  // lower case
  PasswordRefusal why;
};

// In this order: QQ names every cause in one sentence and then only the page that explains the authorization code.
constexpr Phrase kPhrases[] = {
    {"application-specific password", PasswordRefusal::kAppPasswordWanted},     // Gmail
    {"app-specific password", PasswordRefusal::kAppPasswordWanted},             // iCloud
    {"application specific password", PasswordRefusal::kAppPasswordWanted},     // Zoho, Yahoo
    {"app password", PasswordRefusal::kAppPasswordWanted},                      // Fastmail, Yandex
    {"application password is required", PasswordRefusal::kAppPasswordWanted},  // mail.ru
    {"aplication password is required", PasswordRefusal::kAppPasswordWanted},   // mail.ru, as it spells it
    {"parol prilozheniya", PasswordRefusal::kAppPasswordWanted},                // mail.ru
    {"enter your authorization code", PasswordRefusal::kAppPasswordWanted},     // QQ
    {"using authorized code", PasswordRefusal::kAppPasswordWanted},             // QQ
    {"授权码", PasswordRefusal::kAppPasswordWanted},                            // China
    {"授权密码", PasswordRefusal::kAppPasswordWanted},                          // NetEase's older name for it
    {"service is not open, password is incorrect", PasswordRefusal::kUnknown},  // QQ: all causes at once
    {"imap is disabled", PasswordRefusal::kImapOff},                            // Yandex
    {"imap access is disabled", PasswordRefusal::kImapOff},                     // Gmail, Workspace
    {"yet to enable imap", PasswordRefusal::kImapOff},                          // Zoho
    {"not enabled for imap", PasswordRefusal::kImapOff},                        // Gmail
    {"imap service is disabled", PasswordRefusal::kImapOff},                    // Aliyun
    {"service is not open", PasswordRefusal::kImapOff},                         // QQ
    {"login frequency", PasswordRefusal::kTooOften},                            // QQ
    {"too many login", PasswordRefusal::kTooOften},                             // Yahoo, NetEase
    {"too many failed", PasswordRefusal::kTooOften},                            // many
    {"user suspended", PasswordRefusal::kBlocked},                              // NetEase
    {"account is suspended", PasswordRefusal::kBlocked},                        // many
    {"account is locked", PasswordRefusal::kBlocked},                           // many
    {"via your web browser", PasswordRefusal::kBlocked},                        // Gmail
    {"web login required", PasswordRefusal::kBlocked},                          // Gmail
    {"basicauthblocked", PasswordRefusal::kBlocked},                            // Microsoft 365
};

std::string lower(std::string_view text) {
  std::string out(text.substr(0, 1000));
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace

PasswordRefusal why_refused(std::string_view text) {
  const std::string words = lower(text);
  for (const Phrase& phrase : kPhrases) {
    if (words.find(phrase.text) != std::string::npos) return phrase.why;
  }
  return PasswordRefusal::kUnknown;
}

std::string_view refusal_words(PasswordRefusal why, bool only_app_password) {
  switch (why) {
    case PasswordRefusal::kAppPasswordWanted:
      return "the web password was given, and the server wants an app password (at Chinese providers the authorization "
             "code 授权码), which is made in the web mailbox's settings";
    case PasswordRefusal::kImapOff:
      return "IMAP is switched off: switch it on in the web mailbox's settings";
    case PasswordRefusal::kTooOften:
      return "the server has seen too many sign-ins: wait before the next one, each attempt can make it longer";
    case PasswordRefusal::kBlocked:
      return "the provider has locked this way in: sign in at the web mailbox and follow what it says";
    case PasswordRefusal::kUnknown:
      break;
  }
  if (only_app_password) {
    return "this provider takes only an app password (at Chinese providers the authorization code 授权码) and never "
           "the "
           "web password: if the web password was stored, make an app password in the web mailbox's settings and store "
           "that; IMAP must be switched on there too";
  }
  return "it may be wrong, or the web password where the provider wants an app password (at Chinese providers the "
         "authorization code 授权码), or IMAP is switched off in the web mailbox's settings";
}

std::string_view not_connected_words(std::string_view text) {
  if (lower(text).find("authenticated but not connected") == std::string::npos) return {};
  return " (if this stays: IMAP is switched off for the mailbox; or, for an application, the scope is not .default of "
         "outlook.office365.com, its service principal is not registered in Exchange, was registered with the object "
         "id "
         "of the app registration instead of the enterprise application, or has no FullAccess to the mailbox)";
}

}  // namespace haulier::imap
