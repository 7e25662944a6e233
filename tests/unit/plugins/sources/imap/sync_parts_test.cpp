#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "sync/flag_ledger.hpp"
#include "sync/login_choice.hpp"
#include "sync/mailbox_globs.hpp"
#include "sync/quirks.hpp"
#include "sync/reaction.hpp"

namespace sync_parts_test {
using namespace haulier::imap;

BOOST_AUTO_TEST_SUITE(mailbox_globs)

struct GlobRow {
  const char* pattern;
  const char* name;
  bool matches;
};
std::ostream& operator<<(std::ostream& out, const GlobRow& row) { return out << row.pattern << " ~ " << row.name; }
const GlobRow kGlobs[] = {{"INBOX", "INBOX", true},
                          {"Sent*", "Sent Messages", true},
                          {"Sent*", "Unsent", false},
                          {"*", "项目资料", true},
                          {"项目??", "项目资料", true},
                          {"项目?", "项目资料", false},
                          {"*/2024/*", "a/2024/b", true},
                          {"a*b*c", "axxbyyc", true},
                          {"a*b*c", "axxbyy", false},
                          {"", "", true},
                          {"", "a", false},
                          {"*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false}};
BOOST_DATA_TEST_CASE(globs_match_characters_not_bytes, boost::unit_test::data::make(kGlobs), row) {
  BOOST_TEST(glob_matches(row.pattern, row.name) == row.matches);
}

BOOST_AUTO_TEST_CASE(roles_are_told_by_attributes_of_list_and_of_xlist) {
  BOOST_TEST((roles_of_attributes("\\HasNoChildren \\sent") == role_of_attribute("\\Sent")));
  BOOST_TEST((roles_of_attributes("\\Spam") == role_of_attribute("\\Junk")));
  BOOST_TEST((roles_of_attributes("\\AllMail") == role_of_attribute("\\All")));
  BOOST_TEST(roles_of_attributes("\\HasNoChildren \\Marked").empty());
  BOOST_TEST(role_of_attribute("Sent").empty());
  BOOST_TEST((role_of_usual_name("已发送") == role_of_attribute("\\Sent")));
  BOOST_TEST((role_of_usual_name("sent items") == role_of_attribute("\\Sent")));
  BOOST_TEST(role_of_usual_name("Sentinel").empty());
}

BOOST_AUTO_TEST_CASE(roles_choose_mailboxes_whatever_their_name) {
  const MailboxGlobs globs({"\\Sent", "A*"}, {"\\Junk"});
  BOOST_TEST(globs.uses_roles());
  BOOST_TEST(globs.wants("Gesendet", role_of_attribute("\\Sent")));
  BOOST_TEST(globs.wants("A"));
  BOOST_TEST(!globs.wants("A", role_of_attribute("\\Junk")));
  BOOST_TEST(!globs.wants("Sent"));
  BOOST_TEST(!globs.wants("\\Sent"));
  BOOST_TEST(!MailboxGlobs({"*"}, {}).uses_roles());
}

BOOST_AUTO_TEST_CASE(inbox_is_wanted_in_any_case_and_exclude_wins) {
  const MailboxGlobs globs({"inbox", "A*"}, {"Archive"});
  BOOST_TEST(globs.wants("INBOX"));
  BOOST_TEST(globs.wants("Inbox"));
  BOOST_TEST(globs.wants("Action"));
  BOOST_TEST(!globs.wants("Archive"));
  BOOST_TEST(!globs.wants("Sent"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reaction)

struct ReactionRow {
  Verb verb;
  Condition condition;
  Code code;
  const char* text;
  Reaction::Kind kind;
  std::uint64_t wait_ms;
  bool fewer_connections = false;
};
std::ostream& operator<<(std::ostream& out, const ReactionRow& row) { return out << row.text; }
const ReactionRow kReactions[] = {
    {Verb::kLogin, Condition::kNo, Code::kAuthenticationFailed, "a", Reaction::Kind::kCredential, 0},
    {Verb::kLogin, Condition::kNo, Code::kNone, "LOGIN Login error password error", Reaction::Kind::kCredential, 0},
    {Verb::kAuthenticate, Condition::kNo, Code::kUnavailable, "Temporary authentication failure",
     Reaction::Kind::kReconnect, 5000},
    {Verb::kLogin, Condition::kNo, Code::kNone, "Temporary failure", Reaction::Kind::kReconnect, 60000},
    {Verb::kLogin, Condition::kNo, Code::kPrivacyRequired, "b", Reaction::Kind::kPerson, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kUnavailable, "c", Reaction::Kind::kRefused, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kExpungeIssued, "d", Reaction::Kind::kHoles, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kNone, "Some of the requested messages no longer exist",
     Reaction::Kind::kHoles, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kNone, "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
     Reaction::Kind::kPause, 299961},
    {Verb::kUidFetch, Condition::kNo, Code::kOverQuota, "Account exceeded command or bandwidth limits",
     Reaction::Kind::kPause, 3600000},
    {Verb::kExamine, Condition::kNo, Code::kNonExistent, "e", Reaction::Kind::kSkipMailbox, 0},
    {Verb::kExamine, Condition::kNo, Code::kNone, "nobody knows", Reaction::Kind::kSkipMailbox, 0},
    {Verb::kExamine, Condition::kNo, Code::kNone, "EXAMINE Unsafe Login. Please contact kefu@188.com for help",
     Reaction::Kind::kSendId, 0},
    {Verb::kUidFetch, Condition::kBad, Code::kNone, "User is authenticated but not connected.",
     Reaction::Kind::kReconnect, 0},
    {Verb::kNoop, Condition::kBye, Code::kNone, "going down", Reaction::Kind::kReconnect, 0},
    {Verb::kLogin, Condition::kNo, Code::kAlert, "Too many simultaneous connections. (Failure)",
     Reaction::Kind::kReconnect, 60000, true},
    {Verb::kAuthenticate, Condition::kNo, Code::kUnavailable,
     "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)", Reaction::Kind::kReconnect,
     60000, true},
    {Verb::kNoop, Condition::kBye, Code::kNone, "Maximum connection limit reached for 192.0.2.1",
     Reaction::Kind::kReconnect, 60000, true},
    {Verb::kNoop, Condition::kBye, Code::kNone, "Too many concurrent connections for this mailbox",
     Reaction::Kind::kReconnect, 60000, true},
    {Verb::kAuthenticate, Condition::kNo, Code::kLimit,
     "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=2)", Reaction::Kind::kReconnect,
     60000, true},
    {Verb::kLogin, Condition::kNo, Code::kLimit, "limit", Reaction::Kind::kPause, 600000, true},
    {Verb::kUidFetch, Condition::kNo, Code::kLimit, "Suggested Backoff Time: 900000 milliseconds",
     Reaction::Kind::kPause, 900000, true},
    {Verb::kLogin, Condition::kNo, Code::kAuthorizationFailed, "f", Reaction::Kind::kPerson, 0},
    {Verb::kLogin, Condition::kNo, Code::kExpired, "g", Reaction::Kind::kCredential, 0},
    {Verb::kLogin, Condition::kNo, Code::kContactAdmin, "h", Reaction::Kind::kPerson, 0},
    {Verb::kLogin, Condition::kNo, Code::kReferral, "elsewhere", Reaction::Kind::kPerson, 0},
    {Verb::kExamine, Condition::kNo, Code::kUnavailable, "Suggested Backoff Time: 7000 milliseconds",
     Reaction::Kind::kReconnect, 7000},
    {Verb::kExamine, Condition::kNo, Code::kInUse, "i", Reaction::Kind::kReconnect, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kMessageLimit, "j", Reaction::Kind::kRefused, 0},
    {Verb::kExamine, Condition::kNo, Code::kNoPerm, "k", Reaction::Kind::kSkipMailbox, 0},
    {Verb::kExamine, Condition::kNo, Code::kCannot, "l", Reaction::Kind::kSkipMailbox, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kCannot, "m", Reaction::Kind::kRefused, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kCorruption, "n", Reaction::Kind::kRefused, 0},
    {Verb::kExamine, Condition::kNo, Code::kCorruption, "o", Reaction::Kind::kSkipMailbox, 0},
    {Verb::kList, Condition::kNo, Code::kCorruption, "p", Reaction::Kind::kReconnect, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kServerBug, "q", Reaction::Kind::kReconnect, 0},
    {Verb::kUidFetch, Condition::kBad, Code::kClientBug, "r", Reaction::Kind::kRefused, 0},
    {Verb::kExamine, Condition::kNo, Code::kClientBug, "s", Reaction::Kind::kSkipMailbox, 0},
    {Verb::kUidSearch, Condition::kNo, Code::kBadCharset, "t", Reaction::Kind::kRefused, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kParse, "u", Reaction::Kind::kRefused, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kUidNotSticky, "v", Reaction::Kind::kRefused, 0},
    {Verb::kExamine, Condition::kNo, Code::kNoModSeq, "w", Reaction::Kind::kSkipMailbox, 0},
    {Verb::kUidFetch, Condition::kNo, Code::kAlert, "the text is for people", Reaction::Kind::kRefused, 0},
    {Verb::kNoop, Condition::kBye, Code::kNone, "Session expired, please login again.", Reaction::Kind::kPause,
     3600000},
    {Verb::kNoop, Condition::kBye, Code::kNone, "Request is throttled. Suggested Backoff Time: 89000 milliseconds",
     Reaction::Kind::kPause, 89000},
    {Verb::kNoop, Condition::kBye, Code::kUnavailable, "x", Reaction::Kind::kReconnect, 5000},
    {Verb::kUidFetch, Condition::kNo, Code::kNone, "Server Unavailable. 15", Reaction::Kind::kReconnect, 60000},
    {Verb::kUidFetch, Condition::kNo, Code::kNone, "Request is throttled.", Reaction::Kind::kPause, 300000},
    {Verb::kUidFetch, Condition::kBad, Code::kNone, "UID parameters!", Reaction::Kind::kRefused, 0}};
BOOST_DATA_TEST_CASE(refusals_have_their_reaction, boost::unit_test::data::make(kReactions), row) {
  const auto reaction = react(row.verb, row.condition, row.code, row.text);
  BOOST_TEST((reaction.kind == row.kind));
  BOOST_TEST(reaction.wait_ms == row.wait_ms);
  BOOST_TEST(reaction.fewer_connections == row.fewer_connections);
}

BOOST_AUTO_TEST_CASE(suggested_backoff_is_capped_at_an_hour) {
  BOOST_TEST(suggested_backoff_ms("Suggested Backoff Time: 99999999999 milliseconds") == 3600000U);
  BOOST_TEST(suggested_backoff_ms("Suggested Backoff Time: x") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(login_choice)

BOOST_AUTO_TEST_CASE(tokens_and_passwords_find_their_mechanism) {
  std::string why;
  const auto pick = [&](const char* capabilities, Secret secret) {
    return choose_login(Capabilities(capabilities), {}, secret, why);
  };
  BOOST_TEST((pick("AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR", Secret::kToken)->mechanism == Mechanism::kOAuthBearer));
  BOOST_TEST((pick("AUTH=XOAUTH2", Secret::kToken)->mechanism == Mechanism::kXOAuth2));
  BOOST_TEST(!pick("AUTH=PLAIN", Secret::kToken).has_value());
  BOOST_TEST((pick("AUTH=PLAIN SASL-IR", Secret::kPassword)->mechanism == Mechanism::kPlain));
  BOOST_TEST(pick("AUTH=PLAIN SASL-IR", Secret::kPassword)->initial_response);
  // 163 offers only XOAUTH2 but takes LOGIN.
  BOOST_TEST(!pick("AUTH=XOAUTH2", Secret::kPassword)->mechanism.has_value());
  BOOST_TEST((pick("LOGINDISABLED AUTH=LOGIN", Secret::kPassword)->mechanism == Mechanism::kLogin));
  BOOST_TEST(!pick("LOGINDISABLED AUTH=XOAUTH2", Secret::kPassword).has_value());
  BOOST_TEST(why.find("OAuth2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(quirks)

BOOST_AUTO_TEST_CASE(coremail_needs_id_by_host_or_greeting) {
  BOOST_TEST(recognise_quirks("imap.163.com", "").has(Quirk::kNeedsId));
  BOOST_TEST(recognise_quirks("mail.example.edu.cn", "Coremail System IMap Server Ready").has(Quirk::kNeedsId));
  BOOST_TEST(!recognise_quirks("imap.not163.com", "Dovecot ready.").has(Quirk::kNeedsId));
}

BOOST_AUTO_TEST_CASE(icloud_searches_by_range) {
  BOOST_TEST(recognise_quirks("imap.mail.me.com", "").has(Quirk::kSearchByRange));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(flag_ledger)

BOOST_AUTO_TEST_CASE(flags_have_one_spelling_and_recent_is_none) {
  BOOST_TEST(canonical_flags("\\Seen \\Answered  \\recent \\Seen $x") == "$x \\Answered \\Seen");
  BOOST_TEST(canonical_flags("") == "");
}

BOOST_AUTO_TEST_CASE(only_changes_count) {
  FlagLedger ledger;
  BOOST_TEST(ledger.update(5, "\\Seen"));
  BOOST_TEST(!ledger.update(5, "\\Seen"));
  BOOST_TEST(ledger.update(5, ""));
  BOOST_TEST(ledger.lists().size() == 1U);
  ledger.forget(IntervalSet(5, 5));
  BOOST_TEST(ledger.lists().empty());
}

BOOST_AUTO_TEST_CASE(ragged_flags_are_forgotten_at_the_limit) {
  FlagLedger ledger;
  for (std::uint32_t uid = 1; uid < 60000; uid += 2) (void)ledger.update(uid, "\\Seen");
  std::size_t intervals = 0;
  for (const auto& [list, set] : ledger.lists()) intervals += set.intervals().size();
  BOOST_TEST(intervals <= FlagLedger::kMaxIntervals + 256);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sync_parts_test
