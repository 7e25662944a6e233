// Device authorization grant, RFC 8628.
#include <algorithm>

#include "credential_error.hpp"
#include "flat_json.hpp"
#include "login_result.hpp"
#include "renewal.hpp"
#include "safe_url.hpp"

namespace haulier::credentials {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kUsualInterval{5};  // section 3.2: when the server names none
constexpr seconds kSlowDownStep{5};   // section 3.5
constexpr seconds kLongestInterval{60};
constexpr std::int64_t kUsualLifeSeconds = 600;
constexpr milliseconds kCancelStep{200};

struct DeviceCode {
  Secret code;
  DevicePrompt prompt;
  seconds interval = kUsualInterval;
};

std::string first_of(const FlatJson& object, std::string_view name, std::string_view other) {
  std::string value = object.text(name);
  return value.empty() ? object.text(other) : value;
}

DeviceCode read_device_code(const HttpResponse& response) {
  DeviceCode device;
  try {
    const FlatJson object = FlatJson::parse(response.body.reveal());
    if (const Secret* code = object.secret("device_code"); code != nullptr) device.code = code->clone();
    device.prompt.user_code = object.text("user_code");
    // Google's older name for it came before the RFC.
    device.prompt.url = first_of(object, "verification_uri", "verification_url");
    device.prompt.complete_url = first_of(object, "verification_uri_complete", "verification_url_complete");
    device.prompt.expires_in = object.integer("expires_in").value_or(kUsualLifeSeconds);
    device.interval = seconds(std::clamp<std::int64_t>(object.integer("interval").value_or(kUsualInterval.count()), 1,
                                                       kLongestInterval.count()));
  } catch (const FlatJsonError& error) {
    throw ProtocolFailure(std::string("the device endpoint's answer is ") + error.what());
  }
  if (device.code.empty() || device.prompt.user_code.empty() || device.prompt.url.empty())
    throw ProtocolFailure("the device endpoint's answer lacks a code or the address to type it in");
  require_safe_url(device.prompt.url, "the address of the device sign-in");
  if (!device.prompt.complete_url.empty())
    require_safe_url(device.prompt.complete_url, "the address of the device sign-in");
  return device;
}

DeviceCode ask_for_code(CredentialStore& store, const LoginPlan& plan, const CredentialRecord& bound) {
  TokenEndpoint endpoint{plan.device_url,
                         plan.client_id,
                         plan.client_secret,
                         plan.client_auth,
                         plan.ca_file,
                         &bound.signing_key,
                         plan.assertion_audience.empty() ? plan.token_url : plan.assertion_audience};
  FormFields fields;
  if (!plan.scope.empty()) fields.emplace_back("scope", plan.scope);
  for (const auto& [name, value] : plan.authorize_params) fields.emplace_back(name, value);
  try {
    const HttpResponse response = post_form(store.http(), store.environment(), endpoint, fields);
    if (response.status == 200) return read_device_code(response);
    throw_refusal(classify_refusal(response, store.environment().unix_seconds()), plan.account);
  } catch (const HttpFailure& failure) {
    throw_refusal(classify_failure(failure), plan.account);
  }
}

// Asks until there is an answer; one object per sign-in.
class Polling {
 public:
  Polling(CredentialStore& store, const LoginPlan& plan, const CredentialRecord& bound, const DeviceCode& device)
      : store_(store), plan_(plan), bound_(bound), device_(device), interval_(device.interval) {
    const milliseconds life = seconds(device.prompt.expires_in);
    end_ = now() + std::min(life, plan.limit);
  }

  TokenGrant wait() {
    for (;;) {
      rest();
      TokenAnswer answer = ask_token_endpoint(
          store_.http(), store_.environment(), token_endpoint_of(bound_),
          {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"}, {"device_code", device_.code.reveal()}});
      if (auto* grant = std::get_if<TokenGrant>(&answer)) return std::move(*grant);
      consider(std::get<TokenRefusal>(answer));
    }
  }

 private:
  [[nodiscard]] milliseconds now() const { return store_.environment().monotonic(); }

  void rest() const {
    const milliseconds until = now() + interval_;
    while (now() < until) {
      if (store_.environment().cancelled()) throw TryAgainLater("the sign-in was cancelled; nothing was stored");
      if (now() >= end_) too_late();
      store_.environment().pause(std::min(kCancelStep, until - now()));
    }
  }

  void consider(const TokenRefusal& refusal) {
    if (refusal.error == "authorization_pending") return;
    if (refusal.error == "expired_token") too_late();
    if (refusal.error == "access_denied") {
      throw SignInNeeded(plan_.account + ": the sign-in was denied on the other device. Nothing was stored");
    }
    if (refusal.kind != RefusalKind::transient) throw_refusal(refusal, plan_.account);
    // slow_down adds five seconds for good; what else passes (section 3.5: a connection that times out) backs off too.
    const seconds slower = refusal.error == "slow_down" ? interval_ + kSlowDownStep : interval_ * 2;
    interval_ = std::min(std::max(slower, refusal.retry_after.value_or(seconds{0})), kLongestInterval);
  }

  [[noreturn]] void too_late() const {
    throw SignInNeeded(plan_.account + ": nobody typed in the code " + device_.prompt.user_code +
                       " in time; it has expired. Nothing was stored. Start again: haulier auth login " +
                       plan_.account + " --device");
  }

  CredentialStore& store_;
  const LoginPlan& plan_;
  const CredentialRecord& bound_;
  const DeviceCode& device_;
  seconds interval_;
  milliseconds end_{};
};

}  // namespace

LoginResult login_by_device(CredentialStore& store, const LoginPlan& plan, const ShowDeviceCode& show) {
  const CredentialRecord bound = bound_record(plan);
  const DeviceCode device = ask_for_code(store, plan, bound);
  store.hide(device.code);
  show(device.prompt);
  return keep_grant(store, plan, Polling(store, plan, bound, device).wait());
}

}  // namespace haulier::credentials
