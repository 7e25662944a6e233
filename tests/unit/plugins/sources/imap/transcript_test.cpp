#include "proto/transcript.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace transcript_test {
using namespace haulier::imap;

struct Told {
  Told() : transcript([this](std::string_view line) { lines += std::string(line) + "\n"; }) {
    transcript.mask("karl.meier@example.org");
    transcript.mask("pass word-1");
  }
  std::string lines;
  Transcript transcript;
};

std::string server(std::string_view line) {
  Told told;
  told.transcript.server(std::string(line) + "\r\n");
  return told.lines;
}

std::string client(std::string_view line) {
  Told told;
  told.transcript.client(std::string(line) + "\r\n");
  return told.lines;
}

struct Row {
  const char* said;
  const char* kept;
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.said; }

constexpr Row kServer[] = {
    {"* OK IMAP4rev1 ready", "S: * OK IMAP4rev1 ready\n"},
    {"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Coremail", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Coremail\n"},
    {"* OK Gimap ready for 203.0.113.7 x1k2j3h4g5f6d7s8a9", "S: * OK Gimap ready for *** ***\n"},
    {"* LIST (\\HasNoChildren \\Sent) \"/\" \"Karl/Secret\"", "S: * LIST (\\HasNoChildren \\Sent) \"/\" \"***\"\n"},
    {"* LIST () \"/\" Projekte", "S: * LIST () \"/\" ***\n"},
    {"* LIST () \"/\" INBOX", "S: * LIST () \"/\" INBOX\n"},
    {"* LIST () \"/\" {7}\r\nGeheim1", "S: * LIST () \"/\" {7}\n"},
    {"* STATUS \"Karl\" (MESSAGES 3 UIDNEXT 9)", "S: * STATUS \"***\" (MESSAGES 3 UIDNEXT 9)\n"},
    {"* 1 FETCH (UID 3 BODY[] {5}\r\nhello FLAGS (\\Seen Chef))",
     "S: * 1 FETCH (UID 3 BODY[] {5} FLAGS (\\Seen ***))\n"},
    {"* 1 FETCH (ENVELOPE (NIL \"Gehalt\" ((\"Karl\" NIL \"karl\" \"x.org\"))))",
     "S: * 1 FETCH (*** (NIL \"***\" ((\"***\" NIL \"***\" \"***\"))))\n"},
    {"* FLAGS (\\Seen $Forwarded Chefsache)", "S: * FLAGS (\\Seen $Forwarded ***)\n"},
    {"* ID (\"name\" \"Dovecot\" \"x-session\" \"abc\" \"remote-host\" \"10.0.0.1\")",
     "S: * ID (\"name\" \"Dovecot\" \"x-session\" \"***\" \"remote-host\" \"***\")\n"},
    {"* BYE see https://a.example/login?key=abc", "S: * BYE see https://a.example/login?***\n"},
    {"t1 NO [AUTHENTICATIONFAILED] karl.meier@example.org refused", "S: t1 NO [AUTHENTICATIONFAILED] *** refused\n"},
    {"t1 NO KARL.MEIER with pass word-1 is wrong", "S: t1 NO *** with *** is wrong\n"},
    {"* 3 EXISTS", "S: * 3 EXISTS\n"},
    {"* X-PERSON Karl Meier", "S: * *** *** ***\n"},
    {"HTTP/1.1 400 Bad Request", "S: HTTP/1.1 400 Bad Request\n"},
};

constexpr Row kClient[] = {
    {"t1 CAPABILITY", "C: t1 CAPABILITY\n"},
    {"t2 LOGIN karl geheim", "C: t2 LOGIN ***\n"},
    {"t3 EXAMINE \"Karl\"", "C: t3 EXAMINE \"***\"\n"},
    {"t3 EXAMINE Karl (CONDSTORE)", "C: t3 EXAMINE *** (CONDSTORE)\n"},
    {"t4 STATUS {4+}\r\nKarl (MESSAGES)", "C: t4 STATUS {4+} (MESSAGES)\n"},
    {"t5 UID FETCH 1:5 (UID BODY.PEEK[])", "C: t5 UID FETCH 1:5 (UID BODY.PEEK[])\n"},
    {"t6 LIST \"\" \"*\" RETURN (SPECIAL-USE)", "C: t6 LIST \"\" \"*\" RETURN (SPECIAL-USE)\n"},
    {"t7 ID (\"name\" \"haulier\")", "C: t7 ID (\"name\" \"haulier\")\n"},
};

BOOST_AUTO_TEST_SUITE(transcript)

BOOST_DATA_TEST_CASE(only_what_is_harmless_stays_of_the_server, boost::unit_test::data::make(kServer), row) {
  BOOST_TEST(server(row.said) == row.kept);
}

BOOST_DATA_TEST_CASE(only_what_is_harmless_stays_of_the_client, boost::unit_test::data::make(kClient), row) {
  BOOST_TEST(client(row.said) == row.kept);
}

BOOST_AUTO_TEST_CASE(sign_in_leaves_no_byte_of_the_client_and_no_words_of_welcome) {
  Told told;
  told.transcript.begin_sign_in("t1 AUTHENTICATE PLAIN ***");
  told.transcript.client("t1 AUTHENTICATE PLAIN AGthcmwAcGFzcw==\r\n");
  told.transcript.server("+ VXNlcm5hbWU6\r\n");
  told.transcript.client("a2FybA==\r\n");
  told.transcript.server("t1 OK [CAPABILITY IDLE] Welcome, Karl Meier\r\n");
  told.transcript.end_sign_in();
  told.transcript.client("t2 NOOP\r\n");
  BOOST_TEST(told.lines ==
             "C: t1 AUTHENTICATE PLAIN ***\nS: + (12 octets)\nS: t1 OK [CAPABILITY IDLE] ***\nC: t2 NOOP\n");
}

BOOST_AUTO_TEST_CASE(every_split_of_the_bytes_gives_the_same_lines) {
  const std::string said = "* LIST () \"/\" {7}\r\nGeheim1\r\n* 2 EXISTS\r\nt1 OK done\r\n";
  const std::string whole = server(said.substr(0, said.size() - 2));
  for (std::size_t cut = 1; cut < said.size(); ++cut) {
    Told told;
    told.transcript.server(std::string_view(said).substr(0, cut));
    told.transcript.server(std::string_view(said).substr(cut));
    BOOST_TEST(told.lines == whole);
  }
}

BOOST_AUTO_TEST_CASE(broken_text_gives_nothing_away_and_ends) {
  for (const char* line : {"* LIST () \"/\" \"Karl", "* 1 FETCH (\"Karl\\", "* LIST () {Karl", "* ID (\"x\" \"Karl",
                           "* OK [Karl", "* OK ["}) {
    const auto kept = server(line);
    BOOST_TEST(kept.find("Karl") == std::string::npos, kept);
  }
}

BOOST_AUTO_TEST_CASE(transcripts_have_an_end) {
  Told told;
  for (int i = 0; i < 10'000; ++i) told.transcript.server("* 1 EXISTS\r\n");
  BOOST_TEST(told.lines.size() < 100'000U);
  BOOST_TEST(told.lines.find("# the rest is left out") != std::string::npos);
  Told line;
  line.transcript.server("* OK " + std::string(std::size_t{2} << 20, 'x'));
  BOOST_TEST(line.lines.size() < 200U);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace transcript_test
