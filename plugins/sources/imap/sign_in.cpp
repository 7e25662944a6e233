#include "sign_in.hpp"

#include "haulier/json.hpp"
#include "plain_text.hpp"
#include "sync/login_choice.hpp"
#include "sync/login_refusal.hpp"

namespace haulier::imap {

// Letters only, from the host's random source: a man in the middle of a STARTTLS cannot guess the answer to come.
std::string tag_prefix(const Host& host) {
  std::uint64_t random = host.random();
  std::string prefix;
  for (int i = 0; i < 5; ++i, random /= 26) prefix += static_cast<char>('a' + random % 26);
  return prefix;
}

namespace {

std::unique_ptr<Conversation> connect(Host host, const ImapConfig& config, const AccountConfig& account,
                                      const Transport& transport) {
  Session::Options options;
  options.tag_prefix = tag_prefix(host);
  options.secure = account.server.mode == TlsMode::kImplicit;
  options.limits.streamed_literal_bytes = config.max_message + 1;  // BigBodies asks for one octet more than allowed
  options.answer_bytes = config.max_answer + config.max_message;
  auto connection = std::make_unique<Connection>(transport.connect(), options, config.timeouts);
  host.count("haulier_imap_connects_total", 1);
  return std::make_unique<Conversation>(host, std::move(connection));
}

void learn_capabilities(Conversation& conversation) {
  if (conversation.session().capabilities().known()) return;
  const auto answer = conversation.until(conversation.session().submit(Command::capability()));
  if (!answer.ok()) throw Error(HAULIER_PROTOCOL, "the server does not tell its capabilities: " + answer.text);
}

// RFC 9051 section 6.2.1, strictly: no capability heard in clear text counts afterwards.
void start_tls(Conversation& conversation, const Transport& transport) {
  learn_capabilities(conversation);
  if (!conversation.session().capabilities().has("STARTTLS")) {
    throw Error(HAULIER_PROTOCOL, "the server offers no STARTTLS: nothing was sent",
                "use tls: { mode: implicit } and its port");
  }
  const auto answer = conversation.until(conversation.session().submit(Command::starttls()));
  if (!answer.ok()) throw Error(HAULIER_PROTOCOL, "the server refuses STARTTLS: " + answer.text);
  conversation.connection().start_tls(transport.encrypt);
}

struct Greeting {
  std::string text;
  bool preauthenticated = false;
};

Greeting greet(Conversation& conversation) {
  const auto event = conversation.next();
  const auto* greeted = std::get_if<Greeted>(&event);
  if (!greeted) throw ConnectionLost("the server does not greet");
  return {std::string(greeted->text), greeted->preauthenticated};
}

Error needs_person(const AccountConfig& account, const std::string& what) {
  return {HAULIER_NEEDS_AUTH, what, "haulier auth login " + account.name};
}

// The JSON with which a token is refused: RFC 7628 section 3.2.2, and Google's form of it.
std::string refusal_status(const SaslExchange* exchange) {
  if (!exchange || exchange->refusal().empty()) return {};
  try {
    return Json::parse(exchange->refusal())["status"].text();
  } catch (const Error&) {
    return {};
  }
}

class Credentials {
 public:
  Credentials(Host host, const AccountConfig& account, bool refresh) : account_(account) {
    credential_ = host.credential(account.name, account.server.host, refresh);
    const bool token = credential_.kind == HAULIER_CREDENTIAL_BEARER;
    if ((token && account.auth == AuthKind::kAppPassword) || (!token && account.auth == AuthKind::kOAuth2)) {
      throw needs_person(account, "the stored credential of " + account.name + " is of another kind than auth says");
    }
  }
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  ~Credentials() { wipe(credential_.secret); }

  [[nodiscard]] Secret kind() const {
    return credential_.kind == HAULIER_CREDENTIAL_BEARER ? Secret::kToken : Secret::kPassword;
  }
  [[nodiscard]] SaslIdentity identity() const {
    return {account_.user, credential_.secret, account_.server.host, account_.server.port};
  }
  [[nodiscard]] const std::string& secret() const { return credential_.secret; }

 private:
  const AccountConfig& account_;
  Credential credential_;
};

CommandId submit_login(Session& session, const AccountConfig& account, const LoginChoice& choice,
                       const Credentials& credentials) {
  try {
    if (!choice.mechanism) return session.submit(Command::login(account.user, credentials.secret()));
    return session.submit_authenticate(SaslExchange(*choice.mechanism, credentials.identity()),
                                       choice.initial_response);
  } catch (const std::invalid_argument&) {
    throw needs_person(account, "the user name or the secret of " + account.name + " holds a control character");
  }
}

enum class Outcome { kIn, kTokenRefused };

void audit_login(Host host, const AccountConfig& account, std::string_view method, std::string_view result) {
  host.audit("imap.login",
             {{"account", account.name}, {"host", account.server.host}, {"method", method}, {"result", result}});
}

Error refused(const AccountConfig& account, Secret kind, const Answer& answer, const std::string& status) {
  if (kind == Secret::kPassword) {
    const auto words = refusal_words(why_refused(answer.text), account.server.only_app_password);
    return {HAULIER_NEEDS_AUTH,
            account.server.host + " refuses the password of " + account.name + ": " + answer.text + " - " +
                std::string(words),
            "haulier auth login --app-password " + account.name};
  }
  if (status == "invalid_request" || status == "insufficient_scope") {
    return {HAULIER_NEEDS_AUTH, account.server.host + " refuses the token of " + account.name + ": " + status,
            status == "insufficient_scope" ? "haulier auth login " + account.name + " (the sign-in has to allow IMAP)"
                                           : "check host, port and user in the pipeline file"};
  }
  return {HAULIER_NEEDS_AUTH,
          account.server.host + " refuses a fresh access token of " + account.name + ": " + answer.text,
          "haulier auth login " + account.name +
              " (if that does not help: IMAP may be switched off, or user may be wrong)"};
}

Outcome log_in(Host host, const AccountConfig& account, Conversation& conversation, Quirks quirks, bool refresh) {
  const Credentials credentials(host, account, refresh);
  std::string why;
  const auto choice = choose_login(conversation.session().capabilities(), quirks, credentials.kind(), why);
  if (!choice) throw needs_person(account, account.server.host + ": " + why);
  const auto method = choice->mechanism ? mechanism_name(*choice->mechanism) : std::string_view("LOGIN");
  const auto answer = conversation.until(submit_login(conversation.session(), account, *choice, credentials));
  host.count("haulier_imap_logins_total", 1, {{"result", answer.ok() ? "ok" : "refused"}});
  audit_login(host, account, method, answer.ok() ? "ok" : "refused");
  if (answer.ok()) return Outcome::kIn;
  const auto status = refusal_status(conversation.session().exchange());
  const auto kind = answer.reaction.kind;
  if (status.empty() && (kind == Reaction::Kind::kReconnect || kind == Reaction::Kind::kPause)) {
    throw ConnectionLost("sign-in is not possible now: " + answer.text, answer.reaction);
  }
  const bool curable = status != "invalid_request" && status != "insufficient_scope" && kind != Reaction::Kind::kPerson;
  if (credentials.kind() == Secret::kToken && curable && !refresh) return Outcome::kTokenRefused;
  throw refused(account, credentials.kind(), answer, status);
}

}  // namespace

ServerProfile profile_of(const Capabilities& capabilities, Quirks quirks, IdPolicy id) {
  ServerProfile profile;
  profile.quirks = quirks;
  profile.condstore = capabilities.has("CONDSTORE") || capabilities.has("QRESYNC");
  profile.qresync = capabilities.has("QRESYNC") && !quirks.has(Quirk::kNoQresync);
  profile.enable = capabilities.has("ENABLE") || capabilities.has("IMAP4REV2");
  profile.utf8 = capabilities.has("UTF8=ACCEPT") || capabilities.has("UTF8=ONLY");
  profile.esearch = capabilities.has("ESEARCH") || capabilities.has("IMAP4REV2");
  profile.object_id = capabilities.has("OBJECTID");
  profile.gmail = capabilities.has("X-GM-EXT-1");
  profile.list_status = capabilities.has("LIST-STATUS") || capabilities.has("IMAP4REV2");
  profile.status_size = capabilities.has("STATUS=SIZE") || capabilities.has("IMAP4REV2");
  profile.idle = capabilities.has("IDLE") || capabilities.has("IMAP4REV2");
  profile.notify = capabilities.has("NOTIFY");
  const bool extended = profile.list_status || capabilities.has("LIST-EXTENDED");
  profile.list_special_use = extended && (capabilities.has("SPECIAL-USE") || capabilities.has("IMAP4REV2"));
  profile.name_space = capabilities.has("NAMESPACE") || capabilities.has("IMAP4REV2");
  const bool wanted = capabilities.has("ID") || quirks.has(Quirk::kNeedsId);
  profile.send_id = id == IdPolicy::kAlways || (id == IdPolicy::kAuto && wanted);
  return profile;
}

namespace {

const std::vector<std::pair<std::string, std::string>> kOurId = {
    {"name", "haulier"}, {"version", "0.1.0"}, {"vendor", "haulier"}};

}  // namespace

std::optional<CommandId> introduce(SignedIn& server) {
  auto& session = server.conversation->session();
  if (std::exchange(server.introduced, true)) return std::nullopt;
  if (server.profile.send_id) (void)session.submit(Command::id(kOurId));
  // QRESYNC switches CONDSTORE on as well, and needs no ENABLE capability to be offered (RFC 7162 section 3.2.3).
  std::string wanted;
  if (server.profile.condstore && server.profile.qresync)
    wanted = "QRESYNC";
  else if (server.profile.condstore && server.profile.enable)
    wanted = "CONDSTORE";
  if (server.profile.utf8) wanted += wanted.empty() ? "UTF8=ACCEPT" : " UTF8=ACCEPT";
  if (wanted.empty()) return std::nullopt;
  return session.submit(Command::enable(wanted));
}

SignedIn sign_in(Host host, const ImapConfig& config, const AccountConfig& account, const Transport& transport) {
  for (bool refresh = false;; refresh = true) {
    auto conversation = connect(host, config, account, transport);
    const auto greeting = greet(*conversation);
    auto quirks = recognise_quirks(account.server.host, greeting.text);
    quirks.add(account.server.quirks);
    if (quirks.has(Quirk::kNoPipelining)) conversation->session().limit_in_flight(1);
    if (account.server.mode == TlsMode::kStartTls) start_tls(*conversation, transport);
    learn_capabilities(*conversation);
    host.debug("connected to " + account.server.host + " by " + conversation->connection().description());
    if (!greeting.preauthenticated && log_in(host, account, *conversation, quirks, refresh) == Outcome::kTokenRefused) {
      continue;
    }
    learn_capabilities(*conversation);
    const auto profile = profile_of(conversation->session().capabilities(), quirks, config.id);
    return {std::move(conversation), profile, false};
  }
}

}  // namespace haulier::imap
