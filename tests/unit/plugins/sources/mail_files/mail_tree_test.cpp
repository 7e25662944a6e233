#include "mail_tree.hpp"

#include <boost/test/unit_test.hpp>

#include "entry_set.hpp"
#include "haulier/error.hpp"
#include "temp_folder.hpp"

using haulier::mail_files::EntrySet;
using haulier::mail_files::find_mailboxes;
using haulier::mail_files::Format;

BOOST_AUTO_TEST_SUITE(mail_files_mail_tree)

BOOST_AUTO_TEST_CASE(every_kind_of_mailbox_is_found_by_what_it_looks_like) {
  const haulier::testing::TempFolder folder;
  folder.write("a.eml", "A: 1\n");
  folder.write("notes.txt", "no mail\n");
  folder.write("old/2024.mbox", "From a x\nA: 1\n");
  folder.write("md/cur/1.a:2,SR", "A: 1\n");
  folder.write("md/new/2.a", "A: 2\n");
  folder.write("md/.Sent.2024/cur/3", "A: 3\n");
  folder.write("md/.Sent.2024/new/.hidden", "");
  std::string names;
  for (const auto& mailbox : find_mailboxes(folder.path(), Format::Auto)) names += mailbox.name + ";";
  BOOST_TEST(names == "INBOX;md;md/Sent/2024;old/2024.mbox;");
}

BOOST_AUTO_TEST_CASE(two_places_with_one_name_get_two) {
  const haulier::testing::TempFolder folder;
  folder.write("a.eml", "A: 1\n");
  folder.write("INBOX", "From a x\nA: 1\n");
  const auto found = find_mailboxes(folder.path(), Format::Auto);
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].name != found[1].name);
}

BOOST_AUTO_TEST_CASE(maildir_flags_are_read_from_the_name) {
  const haulier::testing::TempFolder folder;
  folder.write("cur/1.a:2,FRS", "A: 1\n");
  folder.write("new/2.a", "A: 2\n");
  const auto mailboxes = find_mailboxes(folder.path(), Format::Auto);
  BOOST_REQUIRE(mailboxes.size() == 1u);
  const auto files = list_messages(mailboxes[0]);
  BOOST_REQUIRE(files.size() == 2u);
  BOOST_TEST(files[0].identity == "1.a");
  BOOST_TEST(haulier::mail_files::flags_json(files[0].flags) == R"(["\\Answered","\\Flagged","\\Seen"])");
  BOOST_TEST(haulier::mail_files::flags_json(files[1].flags) == "[]");
}

BOOST_AUTO_TEST_CASE(names_that_are_not_utf8_are_written_with_percent_signs) {
  const haulier::testing::TempFolder folder;
  folder.write("\xCF\xEE\xC4/a.eml", "A: 1\n");
  folder.write("\xE9\xA1\xB9/a.eml", "A: 1\n");
  const auto found = find_mailboxes(folder.path(), Format::Auto);
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].name == "%CF%EE%C4");
  BOOST_TEST(found[1].name == "\xE9\xA1\xB9");
}

BOOST_AUTO_TEST_CASE(a_path_that_is_not_there_is_an_error) {
  BOOST_CHECK_THROW(find_mailboxes("/does/not/exist", Format::Maildir), std::filesystem::filesystem_error);
}

BOOST_AUTO_TEST_CASE(entries_read_back_as_they_were_written) {
  EntrySet entries;
  entries.signature = "12 3.4";
  for (std::int64_t i = 1; i < 100; ++i)
    entries.put(i * 0x123456789ABCDEF % INT64_MAX, static_cast<std::uint8_t>(i % 64));
  const EntrySet back = EntrySet::from_json(entries.to_json());
  BOOST_TEST(back.signature == "12 3.4");
  BOOST_TEST((back.entries() == entries.entries()));
  BOOST_CHECK_THROW(EntrySet::from_json(R"({"v":2,"entries":""})"), haulier::Error);
  BOOST_CHECK_THROW(EntrySet::from_json(R"({"v":1,"signature":"","entries":"AAAA"})"), haulier::Error);
}

BOOST_AUTO_TEST_SUITE_END()
