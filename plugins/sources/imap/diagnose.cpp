#include "diagnose.hpp"

#include "faults.hpp"
#include "plain_text.hpp"

namespace haulier::imap {
namespace {

constexpr std::int64_t kMicrosecondsPerHour = std::int64_t{3600} * 1'000'000;

std::string_view usual_remedy(haulier_status status) {
  switch (status) {
    case HAULIER_RETRY:
      return "try again later; if it stays, ask who runs the server or the network";
    case HAULIER_NEEDS_AUTH:
      return "haulier auth login";
    case HAULIER_BAD_CONFIG:
      return "correct the pipeline file";
    default:
      return "check host, port and tls in the pipeline file";
  }
}

void tell_failure(Examiner& examiner, std::string_view step, const Error& error) {
  if (error.status() == HAULIER_CANCELLED) throw error;
  const std::string_view remedy = error.hint().empty() ? usual_remedy(error.status()) : error.hint();
  examiner.diagnosis.fail(step, error.status(), plain_text(error.what(), 800), remedy);
  examiner.transcript.note(std::string(step) + ": " + error.what());
}

void check_credential(Examiner& examiner) {
  const auto& account = examiner.account;
  auto credential = examiner.host.credential(account.name, account.server.host, false);
  const bool token = credential.kind == HAULIER_CREDENTIAL_BEARER;
  examiner.transcript.mask(credential.secret);
  examiner.transcript.mask(credential.user);
  wipe(credential.secret);
  const bool other_kind =
      (token && account.auth == AuthKind::kAppPassword) || (!token && account.auth == AuthKind::kOAuth2);
  if (other_kind) {
    throw Error(
        HAULIER_NEEDS_AUTH,
        token ? "an access token is stored, but auth says app_password" : "a password is stored, but auth says oauth2",
        "haulier auth login " + account.name);
  }
  std::string words = token ? "an access token for " : "a password for ";
  words += account.server.host + " is there";
  if (token && credential.expires_at_us > 0) {
    const auto left = credential.expires_at_us - examiner.host.now_us();
    words += ", good for " + std::to_string(left / kMicrosecondsPerHour) + " h " +
             std::to_string(left % kMicrosecondsPerHour / 60'000'000) + " min; it is renewed by itself";
  }
  examiner.diagnosis.pass("credential", words);
}

}  // namespace

bool try_step(Examiner& examiner, std::string_view step, const std::function<void()>& rung) {
  const auto& server = examiner.account.server;
  try {
    rung();
    return true;
  } catch (const IoError& error) {
    tell_failure(examiner, step, to_error(error, server));
  } catch (const RuleBroken& error) {
    tell_failure(examiner, step, Error(HAULIER_PROTOCOL, server.host + ": " + error.what()));
  } catch (const ConnectionLost& error) {
    tell_failure(examiner, step, Error::retry(server.host + ": " + error.what()));
  } catch (const Error& error) {
    tell_failure(examiner, step, error);
  }
  return false;
}

void diagnose_account(Host host, const ImapConfig& config, const AccountConfig& account, const Transport& transport,
                      Diagnosis& diagnosis) {
  diagnosis.subject(account.name);
  Examiner examiner{.host = host,
                    .config = config,
                    .account = account,
                    .transport = transport,
                    .diagnosis = diagnosis,
                    .transcript = Transcript([&diagnosis](std::string_view line) { diagnosis.transcript(line); })};
  examiner.transcript.mask(account.user);
  examiner.transcript.mask(account.name);
  examiner.transcript.note("server " + account.server.host + " port " + std::to_string(account.server.port));
  examiner.has_credential = try_step(examiner, "credential", [&] { check_credential(examiner); });
  std::string why;
  if (diagnose_network(examiner, why)) {
    diagnose_dialogue(examiner);
    return;
  }
  for (const char* step :
       {"greeting", "capabilities", "sign-in", "capabilities after", "id", "mailboxes", "examine", "limits", "quota"}) {
    diagnosis.skip(step, why);
  }
}

}  // namespace haulier::imap
