#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "diagnose.hpp"
#include "faults.hpp"
#include "haulier/json.hpp"
#include "io/recording_stream.hpp"
#include "mailbox_catalogue.hpp"
#include "plain_text.hpp"
#include "sync/login_choice.hpp"
#include "sync/login_refusal.hpp"

namespace haulier::imap {
namespace {

constexpr std::size_t kShownNames = 12;
constexpr double kNearlyFullPercent = 90;
constexpr std::uint32_t kSampledMessages = 50;  // newest ones, whose sizes are looked at
// Numbers of messages at which providers cut what IMAP shows.
constexpr std::array<std::uint64_t, 4> kSuspiciousCounts = {1000, 2000, 5000, 10000};

std::string joined(const std::vector<std::string>& names, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most) out += " and " + std::to_string(names.size() - most) + " more";
  return out;
}

std::string joined(const std::vector<std::string>& names) { return joined(names, names.size()); }

// What the server offers for signing in: SASL mechanisms, and LOGIN unless it says otherwise.
std::string ways_in(const Capabilities& capabilities) {
  std::vector<std::string> ways;
  for (const auto& name : capabilities.names()) {
    if (name.starts_with("AUTH=")) ways.push_back(name.substr(5));
  }
  ways.push_back(capabilities.has("LOGINDISABLED") ? "no command LOGIN" : "the command LOGIN");
  return joined(ways);
}

std::string quirk_words(Quirks quirks) {
  constexpr std::pair<Quirk, std::string_view> kWords[] = {
      {Quirk::kNeedsId, "wants ID after sign-in"},
      {Quirk::kSearchByRange, "is searched by range"},
      {Quirk::kNoPipelining, "gets one command at a time"},
      {Quirk::kWrongSaslList, "takes LOGIN though it does not offer it"},
      {Quirk::kNoOAuthBearer, "takes tokens by XOAUTH2"},
      {Quirk::kNoQresync, "is not asked by QRESYNC"}};
  std::vector<std::string> words;
  for (const auto& [quirk, text] : kWords) {
    if (quirks.has(quirk)) words.emplace_back(text);
  }
  return joined(words);
}

class Dialogue {
 public:
  explicit Dialogue(Examiner& examiner) : examiner_(examiner) {}

  void run() {
    constexpr std::array<std::pair<const char*, void (Dialogue::*)()>, 9> kRungs = {
        {{"greeting", &Dialogue::greeting},
         {"capabilities", &Dialogue::capabilities},
         {"sign-in", &Dialogue::sign_in},
         {"capabilities after", &Dialogue::capabilities_after},
         {"id", &Dialogue::id},
         {"mailboxes", &Dialogue::mailboxes},
         {"examine", &Dialogue::examine},
         {"limits", &Dialogue::limits},
         {"quota", &Dialogue::quota}}};
    std::string why;
    for (const auto& [name, rung] : kRungs) {
      const bool needs_secret = rung == &Dialogue::sign_in && !preauthenticated_;
      if (why.empty() && needs_secret && !examiner_.has_credential) why = "there is no credential to sign in with";
      if (!why.empty()) {
        examiner_.diagnosis.skip(name, why);
        continue;
      }
      const bool went = try_step(examiner_, name, [this, rung = rung] { (this->*rung)(); });
      if (!went) why = std::string(name) + " failed";
    }
    if (!server_.conversation) return;
    (void)session().submit(Command::logout());
    try {
      server_.conversation->connection().flush();
    } catch (const IoError&) {
      // The server was quicker; all is said.
    }
  }

 private:
  [[nodiscard]] Session& session() { return server_.conversation->session(); }
  [[nodiscard]] const ServerConfig& config() const { return examiner_.account.server; }
  Answer ask(Command command, const std::function<void(const Event&)>& other = nullptr) {
    return server_.conversation->until(session().submit(std::move(command)), other);
  }

  std::unique_ptr<ByteStream> recorded(std::unique_ptr<ByteStream> stream) {
    auto& transcript = examiner_.transcript;
    return std::make_unique<RecordingStream>(
        std::move(stream), [&transcript](std::string_view bytes) { transcript.server(bytes); },
        [&transcript](std::string_view bytes) { transcript.client(bytes); });
  }

  void connect() {
    Session::Options options;
    prefix_ = options.tag_prefix = tag_prefix(examiner_.host);
    options.secure = config().mode == TlsMode::kImplicit;
    options.answer_bytes = examiner_.config.max_answer;
    server_ = {};
    server_.conversation = std::make_unique<Conversation>(
        examiner_.host,
        std::make_unique<Connection>(recorded(examiner_.transport.connect()), options, examiner_.config.timeouts));
    const auto event = server_.conversation->next();
    const auto* greeted = std::get_if<Greeted>(&event);
    if (!greeted) throw ConnectionLost("the server does not greet");
    greeting_ = plain_text(greeted->text);
    preauthenticated_ = greeted->preauthenticated;
    server_.profile.quirks = recognise_quirks(config().host, greeting_);
    server_.profile.quirks.add(config().quirks);
    if (server_.profile.quirks.has(Quirk::kNoPipelining)) session().limit_in_flight(1);
    if (config().mode == TlsMode::kStartTls) start_tls();
  }

  void start_tls() {
    const auto answer = ask(Command::starttls());
    if (!answer.ok()) throw Error(HAULIER_PROTOCOL, "the server refuses STARTTLS: " + answer.text);
    examiner_.transcript.note("TLS begins");
    server_.conversation->connection().start_tls([this](std::unique_ptr<ByteStream> plain) {
      return recorded(examiner_.transport.encrypt(dynamic_cast<RecordingStream&>(*plain).release()));
    });
  }

  void greeting() {
    connect();
    const auto quirks = quirk_words(server_.profile.quirks);
    std::string words = "\"" + greeting_ + "\"";
    if (!quirks.empty()) words += "; known: it " + quirks;
    examiner_.diagnosis.pass("greeting", words);
  }

  void learn_capabilities() {
    if (session().capabilities().known()) return;
    const auto answer = ask(Command::capability());
    if (!answer.ok()) throw Error(HAULIER_PROTOCOL, "the server does not tell its capabilities: " + answer.text);
  }

  void capabilities() {
    learn_capabilities();
    before_ = session().capabilities().names();
    examiner_.diagnosis.pass("capabilities", "before sign-in: " + joined(before_));
  }

  void sign_in() {
    if (preauthenticated_) {
      return examiner_.diagnosis.warn("sign-in", "the server lets this connection in without a sign-in (PREAUTH)",
                                      "make sure that this is meant to be");
    }
    if (log_in(false) || (token_refused_ && (connect(), learn_capabilities(), log_in(true)))) return;
    if (refusal_) throw Error(*refusal_);
  }

  // Returns true when the account is in; else refusal_ says why not. A password is sent once and never again.
  bool log_in(bool refresh) {
    const auto& account = examiner_.account;
    auto credential = examiner_.host.credential(account.name, config().host, refresh);
    examiner_.transcript.mask(credential.secret);
    const auto kind = credential.kind == HAULIER_CREDENTIAL_BEARER ? Secret::kToken : Secret::kPassword;
    std::string why;
    const auto choice = choose_login(session().capabilities(), server_.profile.quirks, kind, why);
    if (!choice) {
      wipe(credential.secret);
      throw Error(HAULIER_NEEDS_AUTH, why + " (it offers " + ways_in(session().capabilities()) + ")",
                  "haulier auth login " + account.name);
    }
    const auto offered = ways_in(session().capabilities());
    const auto method = choice->mechanism ? mechanism_name(*choice->mechanism) : std::string_view("LOGIN");
    const auto answer = send_login(*choice, credential);
    if (answer.ok()) {
      examiner_.diagnosis.pass("sign-in", "by " + std::string(method) +
                                              (refresh ? " with a token that was renewed now" : "") +
                                              "; the server offers " + offered);
      return true;
    }
    token_refused_ = kind == Secret::kToken;
    refusal_ = refused(kind, answer, std::string(method));
    return false;
  }

  Answer send_login(const LoginChoice& choice, Credential& credential) {
    const auto& account = examiner_.account;
    CommandId id = 0;
    std::string shown = "LOGIN *** ***";
    try {
      if (choice.mechanism) {
        SaslExchange exchange(*choice.mechanism, {account.user, credential.secret, config().host, config().port});
        id = session().submit_authenticate(std::move(exchange), choice.initial_response);
        shown = "AUTHENTICATE " + std::string(mechanism_name(*choice.mechanism)) + " ***";
      } else {
        id = session().submit(Command::login(account.user, credential.secret));
      }
    } catch (const std::invalid_argument&) {
      wipe(credential.secret);
      throw Error(HAULIER_NEEDS_AUTH, "the user name or the secret holds a control character",
                  "haulier auth login " + account.name);
    }
    wipe(credential.secret);
    examiner_.transcript.begin_sign_in(prefix_ + std::to_string(id) + " " + shown);
    const auto answer = server_.conversation->until(id);
    examiner_.transcript.end_sign_in();
    return answer;
  }

  [[nodiscard]] Error refused(Secret kind, const Answer& answer, const std::string& method) const {
    const auto& name = examiner_.account.name;
    if (answer.reaction.kind == Reaction::Kind::kReconnect || answer.reaction.kind == Reaction::Kind::kPause) {
      return Error::retry("sign-in is not possible now: " + answer.text);
    }
    if (kind == Secret::kPassword) {
      const auto words = refusal_words(why_refused(answer.text), config().only_app_password);
      return {HAULIER_NEEDS_AUTH,
              "the password is refused (" + method + "): " + answer.text + " - " + std::string(words),
              "haulier auth login --app-password " + name};
    }
    return {HAULIER_NEEDS_AUTH,
            "a fresh access token is refused (" + method + "): " + answer.text +
                "; IMAP may be switched off, the scope may not allow it, or user may be wrong",
            "haulier auth login " + name};
  }

  void capabilities_after() {
    learn_capabilities();
    const auto& after = session().capabilities().names();
    server_.profile = profile_of(session().capabilities(), server_.profile.quirks, examiner_.config.id);
    std::vector<std::string> more;
    std::set_difference(after.begin(), after.end(), before_.begin(), before_.end(), std::back_inserter(more));
    examiner_.diagnosis.pass("capabilities after", more.empty() ? "the same as before" : "also: " + joined(more));
  }

  void id() {
    if (!server_.profile.send_id) return examiner_.diagnosis.pass("id", "not asked for");
    std::string told;
    const auto answer = ask(Command::id({{"name", "haulier"}}), [&told](const Event& event) {
      const auto* identified = std::get_if<Identified>(&event);
      if (!identified) return;
      for (const auto& [key, value] : identified->id.pairs) {
        if (key == "name" || key == "version" || key == "vendor")
          told += (told.empty() ? "" : " ") + plain_text(value, 60);
      }
    });
    server_.profile.send_id = false;  // said once
    if (!answer.ok()) {
      return examiner_.diagnosis.warn("id", "the server refuses ID: " + answer.text, "set id: never");
    }
    examiner_.diagnosis.pass("id", told.empty() ? "the server does not say what it is" : told);
  }

  void mailboxes() {
    auto everything = examiner_.config.mailboxes;
    everything.globs = MailboxGlobs({"*"}, {});
    all_ = list_mailboxes(examiner_.host, server_, everything).wanted;
    const auto chosen = list_mailboxes(examiner_.host, server_, examiner_.config.mailboxes).wanted;
    std::vector<std::string> names;
    std::uint64_t messages = 0;
    for (const auto& place : chosen) {
      names.push_back(place.name.utf8());
      if (place.status && place.status->messages) messages += *place.status->messages;
    }
    const auto roles = std::count_if(all_.begin(), all_.end(), [](const Place& place) { return !place.roles.empty(); });
    const std::string words = std::to_string(all_.size()) + " mailboxes, " + std::to_string(roles) +
                              " with a role; include and exclude choose " + std::to_string(chosen.size()) + " (" +
                              joined(names, kShownNames) + ") with " + std::to_string(messages) + " messages";
    const auto idle = patterns_without_mailbox();
    if (chosen.empty()) {
      examiner_.diagnosis.fail("mailboxes", HAULIER_BAD_CONFIG, words,
                               "correct mailboxes.include and mailboxes.exclude");
    } else if (!idle.empty()) {
      examiner_.diagnosis.warn("mailboxes", words + "; nothing is called " + joined(idle),
                               "correct or remove that name in mailboxes");
    } else {
      examiner_.diagnosis.pass("mailboxes", words);
    }
    cut_views(chosen);
  }

  [[nodiscard]] std::vector<std::string> patterns_without_mailbox() const {
    std::vector<std::string> out;
    for (const auto& pattern : examiner_.config.mailboxes.patterns) {
      const MailboxGlobs one({pattern}, {});
      const bool any = std::any_of(all_.begin(), all_.end(),
                                   [&one](const Place& place) { return one.wants(place.name.utf8(), place.roles); });
      if (!any) out.push_back(pattern);
    }
    return out;
  }

  void cut_views(const std::vector<Place>& chosen) {
    std::vector<std::string> suspects;
    for (const auto& place : chosen) {
      const auto count = place.status ? place.status->messages.value_or(0) : 0;
      if (std::find(kSuspiciousCounts.begin(), kSuspiciousCounts.end(), count) != kSuspiciousCounts.end()) {
        suspects.push_back(place.name.utf8() + " (" + std::to_string(count) + ")");
      }
    }
    if (suspects.empty()) return;
    examiner_.diagnosis.warn("view", "exactly a round number of messages: " + joined(suspects, kShownNames),
                             "look in the web mailbox's settings whether IMAP shows only a part of the mail");
  }

  void examine() {
    // ENABLE is answered before, so that EXAMINE tells all it can.
    if (const auto enable = introduce(server_)) (void)server_.conversation->until(*enable);
    const MailboxName inbox("INBOX");
    const auto id = session().submit(Command::examine(inbox, server_.profile.condstore && !server_.profile.enable));
    const auto answer = examined(id);
    const bool read_only = answer.code == Code::kReadOnly;
    if (!answer.ok()) {
      const std::string words =
          "INBOX cannot be opened: " + answer.text + std::string(not_connected_words(answer.text));
      return examiner_.diagnosis.warn("examine", words, "open the mailbox in the web mailbox once, or leave INBOX out");
    }
    std::string words = "INBOX opened " + std::string(read_only ? "read-only" : "by EXAMINE, which is read-only") +
                        ": " + std::to_string(examination_.exists) + " messages, UIDVALIDITY " +
                        std::to_string(examination_.uidvalidity.value()) + ", UIDNEXT " +
                        (examination_.uidnext ? std::to_string(*examination_.uidnext) : "not told") + ", " +
                        (examination_.highestmodseq.known() ? "CONDSTORE" : "no CONDSTORE") + ", " +
                        (server_.profile.qresync ? "QRESYNC" : "no QRESYNC");
    if (examination_.uidvalidity.absent()) {
      return examiner_.diagnosis.warn("examine", words,
                                      "nothing; without UIDVALIDITY a rebuilt mailbox is noticed by its UIDs only");
    }
    examiner_.diagnosis.pass("examine", words);
  }

  Answer examined(CommandId id) {
    for (;;) {
      const auto event = server_.conversation->next();
      const auto* completed = std::get_if<Completed>(&event);
      if (!completed || completed->id != id) continue;
      if (completed->ok()) examination_ = completed->examination;
      return Conversation::to_answer(*completed);
    }
  }

  void limits() {
    std::vector<std::string> words;
    for (const auto& name : session().capabilities().names()) {
      if (name.starts_with("APPENDLIMIT=") || name.starts_with("MESSAGELIMIT=")) words.push_back(name);
    }
    words.push_back("a message up to " + std::to_string(examiner_.config.max_message >> 20) + " MiB is read");
    const auto biggest = newest_biggest();
    if (biggest > 0)
      words.push_back("the biggest of the newest in INBOX has " + std::to_string(biggest >> 10) + " KiB");
    if (biggest > examiner_.config.max_message) {
      return examiner_.diagnosis.warn("limits", joined(words), "raise max_message, or such messages are quarantined");
    }
    examiner_.diagnosis.pass("limits", joined(words));
  }

  // Only told: a full mailbox gets no new mail, which no source can notice.
  void quota() {
    if (!session().capabilities().has("QUOTA")) return examiner_.diagnosis.pass("quota", "the server tells none");
    std::vector<Quota::Resource> resources;
    const auto answer = ask(Command::quota_root(MailboxName("INBOX")), [&resources](const Event& event) {
      const auto* given = std::get_if<QuotaGiven>(&event);
      if (given) resources.insert(resources.end(), given->quota.resources.begin(), given->quota.resources.end());
    });
    if (!answer.ok()) {
      return examiner_.diagnosis.warn("quota", "the server offers QUOTA and refuses it: " + answer.text,
                                      "nothing; a run does not ask for it");
    }
    std::vector<std::string> words;
    bool nearly_full = false;
    for (const auto& resource : resources) {
      if (resource.limit == 0) continue;
      const auto percent = static_cast<double>(resource.used) * 100 / static_cast<double>(resource.limit);
      nearly_full = nearly_full || percent > kNearlyFullPercent;
      const bool storage = resource.name == "STORAGE";
      words.push_back(plain_text(resource.name, 40) + " " +
                      std::to_string(storage ? resource.used >> 10 : resource.used) + " of " +
                      std::to_string(storage ? resource.limit >> 10 : resource.limit) + (storage ? " MiB" : "") + " (" +
                      std::to_string(static_cast<int>(std::min(percent, 999.0))) + " %)");
    }
    if (words.empty()) return examiner_.diagnosis.pass("quota", "INBOX has none");
    if (!nearly_full) return examiner_.diagnosis.pass("quota", joined(words, kShownNames));
    examiner_.diagnosis.warn("quota", joined(words, kShownNames),
                             "make room in the mailbox: a full one gets no new mail");
  }

  std::uint64_t newest_biggest() {
    if (examination_.exists == 0 || examination_.uidnext.value_or(0) < 2) return 0;
    const auto last = static_cast<std::uint32_t>(std::min<std::uint64_t>(*examination_.uidnext - 1, Uid::kMax));
    const IntervalSet newest(last > kSampledMessages ? last - kSampledMessages : 1, last);
    std::uint64_t biggest = 0;
    (void)ask(Command::uid_fetch(newest, FetchItem::kSize), [&biggest](const Event& event) {
      const auto* fetched = std::get_if<Fetched>(&event);
      if (fetched) biggest = std::max(biggest, fetched->data.size.value_or(0));
    });
    return biggest;
  }

  Examiner& examiner_;
  SignedIn server_;
  std::string prefix_, greeting_;
  std::vector<std::string> before_;  ///< capabilities, sorted
  std::vector<Place> all_;
  std::optional<Error> refusal_;
  Examination examination_;
  bool preauthenticated_ = false;
  bool token_refused_ = false;
};

}  // namespace

void diagnose_dialogue(Examiner& examiner) { Dialogue(examiner).run(); }

}  // namespace haulier::imap
