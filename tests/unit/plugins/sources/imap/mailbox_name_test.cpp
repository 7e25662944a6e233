#include "proto/mailbox_name.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace mailbox_name_test {
using namespace haulier::imap;

BOOST_AUTO_TEST_SUITE(mailbox_name)

struct NameRow {
  const char* raw;
  const char* utf8;
};
std::ostream& operator<<(std::ostream& out, const NameRow& row) { return out << row.raw; }

const NameRow kBothWays[] = {{"Sent", "Sent"},
                             {"R&-D", "R&D"},
                             {"&mHl27o1EZZk-", "项目资料"},
                             {"&UXZO1mWHTvZZOQ-", "其他文件夹"},
                             {"&XfJT0ZABkK5O9g-", "已发送邮件"},
                             {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
                             {"Entw&APw-rfe", "Entwürfe"},
                             {"&2D3eAA-", "😀"},
                             {"a&AOk-b&AOk-", "aébé"}};
BOOST_DATA_TEST_CASE(modified_utf7_goes_both_ways, boost::unit_test::data::make(kBothWays), row) {
  BOOST_TEST(decode_mailbox_name(row.raw) == row.utf8);
  BOOST_TEST(encode_mailbox_name(row.utf8) == row.raw);
}

const NameRow kDamaged[] = {{"A&B", "A&B"},
                            {"&AAA-", "&AAA-"},
                            {"&2D0-", "&2D0-"},
                            {"&3gA-", "&3gA-"},
                            {"&AGE-", "&AGE-"},
                            {"&*-", "&*-"},
                            {"\xE9\xA1\xB9\xE7\x9B\xAE", "项目"},
                            {"\xCF\xEE\xC4\xBF", "\\xCF\\xEE\\xC4\\xBF"},
                            {"caf\xE9", "caf\\xE9"}};
BOOST_DATA_TEST_CASE(names_that_are_no_modified_utf7_stay_readable_and_distinct, boost::unit_test::data::make(kDamaged),
                     row) {
  BOOST_TEST(decode_mailbox_name(row.raw) == row.utf8);
}

BOOST_AUTO_TEST_CASE(the_raw_bytes_are_kept_for_sending) {
  const MailboxName name("\xCF\xEE");
  BOOST_TEST(name.raw() == "\xCF\xEE");
}

BOOST_DATA_TEST_CASE(name_is_the_same_in_the_tables_when_the_server_starts_to_write_utf8,
                     boost::unit_test::data::make(kBothWays), row) {
  const MailboxName later(row.utf8, NameForm::kUtf8);
  BOOST_TEST(later.utf8() == MailboxName(row.raw).utf8());
  BOOST_TEST(later.raw() == row.utf8);
}

BOOST_AUTO_TEST_CASE(ampersand_means_itself_in_utf8) {
  BOOST_TEST(MailboxName("&AOk-", NameForm::kUtf8).utf8() == "&AOk-");
  BOOST_TEST(MailboxName("inBox", NameForm::kUtf8).utf8() == "INBOX");
}

BOOST_AUTO_TEST_CASE(inbox_is_one_name_in_any_case) {
  BOOST_TEST(MailboxName("inBox").utf8() == "INBOX");
  BOOST_TEST(MailboxName("inBox").raw() == "inBox");
  BOOST_TEST(!MailboxName("INBOX/a").is_inbox());
}

BOOST_AUTO_TEST_CASE(names_that_would_inject_commands_are_refused) {
  for (const auto& bad : {std::string("a\r\nb LOGOUT"), std::string("a\nb"), std::string("a\0b", 3), std::string(),
                          std::string(1001, 'x')}) {
    BOOST_CHECK_THROW(MailboxName{bad}, std::invalid_argument);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace mailbox_name_test
