#include "sign_in.hpp"

#include "haulier/json.hpp"
#include "plain_text.hpp"
#include "sync/login_choice.hpp"
#include "sync/login_refusal.hpp"

namespace haulier::imap {

// A server that took the sign-in and then says nothing has lost what was sent behind it.
constexpr std::chrono::milliseconds kAheadSilence{15'000};

// Letters only, from the host's random source: a man in the middle of a STARTTLS cannot guess the answer to come.
std::string tag_prefix(const Host& host) {
  std::uint64_t random = host.random();
  std::string prefix;
  for (int i = 0; i < 5; ++i, random /= 26) prefix += static_cast<char>('a' + random % 26);
  return prefix;
}

namespace {

std::unique_ptr<Conversation> connect(Host host, const ImapConfig& config, const AccountConfig& account,
                                      const Transport& transport, AccountLimits* shared) {
  Session::Options options;
  options.tag_prefix = tag_prefix(host);
  options.secure = account.server.mode == TlsMode::kImplicit;
  options.limits.streamed_literal_bytes = config.max_message + 1;  // BigBodies asks for one octet more than allowed
  options.answer_bytes = config.max_answer + config.max_message;
  auto connection = std::make_unique<Connection>(transport.connect(), options, config.timeouts, shared);
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

enum class Outcome { kIn, kTokenRefused, kNotUnderstood };

// What is taken for the server's capabilities before the sign-in.
struct Believed {
  Capabilities capabilities;
  bool remembered = false;  ///< not heard on this connection
};

std::string text_of(const Capabilities& capabilities) {
  std::string text;
  for (const auto& name : capabilities.names()) text += (text.empty() ? "" : " ") + name;
  return text;
}

std::string key_of(const ServerConfig& server) { return server.host + ":" + std::to_string(server.port); }

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

// `believed`: the capabilities that are taken for the server's. `behind` may send more in the same flight and says
// whether it did; it is not called where a refusal may wait for a line from here (XOAUTH2, RFC 7628 section 3.2.3).
Outcome log_in(Host host, const AccountConfig& account, Conversation& conversation, const Believed& believed,
               Quirks quirks, bool refresh, const std::function<bool()>& behind) {
  const Credentials credentials(host, account, refresh);
  std::string why;
  const auto choice = choose_login(believed.capabilities, quirks, credentials.kind(), why);
  if (!choice) throw needs_person(account, account.server.host + ": " + why);
  const auto method = choice->mechanism ? mechanism_name(*choice->mechanism) : std::string_view("LOGIN");
  const auto login = submit_login(conversation.session(), account, *choice, credentials);
  const bool asks_back = choice->mechanism && (credentials.kind() == Secret::kToken || !choice->initial_response);
  const bool followed = behind && !asks_back && behind();
  const auto answer = conversation.until(login);
  host.count("haulier_imap_logins_total", 1, {{"result", answer.ok() ? "ok" : "refused"}});
  audit_login(host, account, method, answer.ok() ? "ok" : "refused");
  if (answer.ok()) return Outcome::kIn;
  const bool guessed = believed.remembered || followed;
  if (guessed && answer.condition == Condition::kBad && answer.code == Code::kNone) return Outcome::kNotUnderstood;
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
  profile.compress = capabilities.has("COMPRESS=DEFLATE");
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

namespace {

// One attempt to sign in. What is remembered may be forgotten between two of them.
class Attempt {
 public:
  Attempt(Host host, const ImapConfig& config, const AccountConfig& account, const Transport& transport,
          AccountLimits* shared)
      : host_(host), config_(config), account_(account), transport_(transport) {
    server_.shared = shared;
    server_.id = config.id;
    server_.conversation = connect(host, config, account, transport, shared);
  }

  Outcome run(AccountFacts facts, bool refresh, const std::function<void(SignedIn&)>& ahead) {
    const auto greeting = greet(talk());
    recognise(greeting, facts);
    if (account_.server.mode == TlsMode::kStartTls) start_tls(talk(), transport_);
    const auto believed = before_login(facts);
    host_.debug("connected to " + account_.server.host + " by " + talk().connection().description());
    if (!greeting.preauthenticated) {
      const bool trusted = ahead && !facts.after_login.empty() && !one_by_one_;
      const auto behind = [&] {
        if (!facts.takes_ahead) server_.probe = session().submit(Command::noop());
        server_.went_ahead = facts.takes_ahead.value_or(false);
        if (server_.went_ahead) ask(Capabilities(facts.after_login), facts.told_at_login, ahead);
        return server_.probe != 0 || server_.went_ahead;
      };
      const auto outcome = log_in(host_, account_, talk(), believed, quirks_, refresh,
                                  trusted ? std::function<bool()>(behind) : nullptr);
      if (outcome != Outcome::kIn) return outcome;
      told_at_login_ = session().capabilities().known();
      if (ahead && !one_by_one_ && !server_.went_ahead) {
        const bool remembered = !facts.after_login.empty();
        ask(remembered ? Capabilities(facts.after_login) : believed.capabilities, told_at_login_, ahead);
        if (!remembered && !told_at_login_) server_.profile_from = ProfileFrom::kGuessed;
      }
    }
    before_ = text_of(believed.capabilities);
    remember();
    return Outcome::kIn;
  }

  [[nodiscard]] SignedIn take() {
    server_.compress = config_.compress;
    if (server_.went_ahead) talk().connection().expect_answers_within(kAheadSilence);
    return std::move(server_);
  }

 private:
  [[nodiscard]] Conversation& talk() { return *server_.conversation; }
  [[nodiscard]] Session& session() { return talk().session(); }

  void recognise(const Greeting& greeting, const AccountFacts& facts) {
    quirks_ = recognise_quirks(account_.server.host, greeting.text);
    quirks_.add(account_.server.quirks);
    if (facts.needs_id) quirks_.add(Quirk::kNeedsId);
    one_by_one_ = quirks_.has(Quirk::kNoPipelining) || facts.depth == 1;
    if (one_by_one_) {
      session().limit_in_flight(1);
    } else if (facts.depth > 0) {
      session().limit_in_flight(facts.depth);
    }
  }

  // Sends what comes next, by what is believed of the server where it has not said it itself.
  void ask(const Capabilities& believed, bool told, const std::function<void(SignedIn&)>& ahead) {
    const bool heard = told && !server_.went_ahead;
    server_.profile_from = heard ? ProfileFrom::kHeard : ProfileFrom::kRemembered;
    server_.profile = profile_of(heard ? session().capabilities() : believed, quirks_, config_.id);
    if (!told) (void)session().submit(Command::capability());
    ahead(server_);
  }

  // A server that speaks differently from what is remembered is another one: nothing of that is trusted.
  Believed before_login(AccountFacts& facts) {
    if (!session().capabilities().known() && facts.before_login.empty()) learn_capabilities(talk());
    if (!session().capabilities().known()) return {Capabilities(facts.before_login), true};
    if (text_of(session().capabilities()) != facts.before_login) facts.after_login.clear();
    return {session().capabilities(), false};
  }

  void remember() {
    if (!server_.listing) {
      learn_capabilities(talk());
      server_.profile = profile_of(session().capabilities(), quirks_, config_.id);
    }
    if (server_.profile_from != ProfileFrom::kGuessed) (void)settle_profile(server_);  // a guess: by the listing
    // Otherwise the answer is on its way.
    const bool known = session().capabilities().known();
    if (!server_.shared) return;
    server_.shared->learn([&](AccountFacts& facts) {
      if (facts.server != key_of(account_.server)) {
        // What another server did says nothing; what the account has read does.
        auto hours = std::move(facts.hours);
        facts = {};
        facts.server = key_of(account_.server);
        facts.hours = std::move(hours);
      }
      facts.before_login = before_;
      facts.told_at_login = told_at_login_;
      if (known) facts.after_login = text_of(session().capabilities());
    });
  }

  Host host_;
  const ImapConfig& config_;
  const AccountConfig& account_;
  const Transport& transport_;
  SignedIn server_;
  Quirks quirks_;
  std::string before_;
  bool told_at_login_ = false;
  bool one_by_one_ = false;
};

AccountFacts remembered(const AccountLimits* shared, const ServerConfig& server) {
  auto facts = shared ? shared->facts() : AccountFacts{};
  return facts.server == key_of(server) ? facts : AccountFacts{};
}

}  // namespace

SignedIn sign_in(Host host, const ImapConfig& config, const AccountConfig& account, const Transport& transport,
                 AccountLimits* shared, const std::function<void(SignedIn&)>& ahead) {
  auto facts = remembered(shared, account.server);
  for (bool refresh = false;;) {
    Attempt attempt(host, config, account, transport, shared);
    switch (attempt.run(facts, refresh, ahead)) {
      case Outcome::kIn:
        return attempt.take();
      case Outcome::kTokenRefused:
        refresh = true;
        break;
      case Outcome::kNotUnderstood:
        host.info(account.server.host + " does not understand what it understood before: it is asked anew");
        facts = {};
        shared->learn([](AccountFacts& known) { known.takes_ahead = false; });
        break;
    }
  }
}

bool ask_alike(const ServerProfile& a, const ServerProfile& b) {
  return a.condstore == b.condstore && a.qresync == b.qresync && a.enable == b.enable && a.utf8 == b.utf8 &&
         a.list_status == b.list_status && a.list_special_use == b.list_special_use && a.name_space == b.name_space &&
         a.send_id == b.send_id;
}

bool settle_profile(SignedIn& server) {
  const auto& heard = server.conversation->session().capabilities();
  if (server.profile_from == ProfileFrom::kHeard || !heard.known()) return true;
  const bool guessed = std::exchange(server.profile_from, ProfileFrom::kHeard) == ProfileFrom::kGuessed;
  const auto assumed = server.profile;
  server.profile = profile_of(heard, assumed.quirks, server.id);
  if (server.shared) server.shared->learn([&](AccountFacts& facts) { facts.after_login = text_of(heard); });
  if (guessed) return ask_alike(server.profile, assumed);
  server.profile.send_id = assumed.send_id;
  // Nothing was switched on that was not believed to be there.
  server.profile.condstore = server.profile.condstore && assumed.condstore;
  server.profile.qresync = server.profile.qresync && assumed.qresync;
  return true;
}

bool waits_for_link(const SignedIn& server) {
  return server.compress == CompressPolicy::kAuto && server.profile.compress && server.shared &&
         server.shared->may_compress() && !server.shared->link_is_known();
}

void compress_if_wanted(SignedIn& server) {
  if (server.compress == CompressPolicy::kNever || !server.profile.compress) return;
  if (server.shared && !server.shared->may_compress()) return;
  const bool slow = server.shared && server.shared->link_is_slow();
  if (server.compress == CompressPolicy::kAuto && !slow) return;
  server.compress = CompressPolicy::kNever;
  (void)server.conversation->session().submit(Command::compress());
}

}  // namespace haulier::imap
