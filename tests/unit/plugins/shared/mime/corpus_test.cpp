// Every file below the folder that HAULIER_CORPUS names, as a message.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "mime/email_json.hpp"
#include "mime/facts_json.hpp"
#include "mime/reader.hpp"
#include "mime/sha256.hpp"
#include "mime/utf8.hpp"

namespace mime_corpus_test {
namespace fs = std::filesystem;
using haulier::mime::Email;
using haulier::mime::Reader;

// Everything that would be stored, one column per line.
std::string columns(const Email& email) {
  std::string out;
  for (const auto* list : {&email.from, &email.sender, &email.reply_to, &email.to, &email.cc, &email.bcc}) {
    haulier::mime::append_addresses_json(out, *list);
  }
  haulier::mime::append_strings_json(out, email.in_reply_to);
  haulier::mime::append_strings_json(out, email.references);
  haulier::mime::append_headers_json(out, email.headers);
  haulier::mime::append_structure_json(out, email);
  haulier::mime::append_defects_json(out, {email.defects.begin(), email.defects.end()});
  for (const std::string_view text :
       {email.message_id, email.date_raw, email.from_raw, email.subject, email.subject_base, email.charset_declared,
        email.charset_used, email.list_id, email.auto_submitted}) {
    out.append(text).append("\n");
  }
  out.append(email.text).append("\n").append(email.html).append("\n").append(email.preview).append("\n");
  haulier::mime::append_auth_json(out, email.facts);
  haulier::mime::append_received_json(out, email.facts);
  haulier::mime::append_spam_json(out, email.facts);
  haulier::mime::append_report_json(out, email.facts);
  haulier::mime::append_calendar_json(out, email.facts.calendar);
  haulier::mime::append_strings_json(out, email.facts.delivered_to);
  haulier::mime::append_strings_json(out, email.facts.list_unsubscribe);
  haulier::mime::append_strings_json(out, email.facts.dkim_domains);
  for (const std::string_view text : {email.facts.resent_message_id, email.facts.return_path, email.facts.mailer,
                                      email.facts.precedence, email.facts.feedback_id, email.facts.list_post,
                                      std::string_view(email.facts.reply.reply), email.facts.reply.signature}) {
    out.append(text).append("\n");
  }
  for (const auto& row : email.attachments) {
    for (const std::string_view text :
         {row.path, row.file_name, row.file_name_raw, std::string_view(row.file_name_safe), row.media_type, row.charset,
          row.disposition, row.content_id}) {
      out.append(text).append("\n");
    }
    out += std::to_string(row.content.begin) + " " + std::to_string(row.content.end) + "\n";
  }
  return out;
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
}  // namespace mime_corpus_test

BOOST_AUTO_TEST_SUITE(mime_corpus)

using namespace mime_corpus_test;

BOOST_AUTO_TEST_CASE(every_message_of_the_corpus_gives_one_valid_row_and_always_the_same) {
  const char* folder = std::getenv("HAULIER_CORPUS");
  if (folder == nullptr) {
    std::cout << "skipped: HAULIER_CORPUS names no folder of messages\n";
    return;
  }
  Reader used;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string message = slurp(entry.path());
    const std::string first = columns(used.read(message));
    BOOST_TEST_CONTEXT(entry.path()) {
      BOOST_TEST(haulier::mime::is_utf8(first));
      BOOST_TEST(first.find('\0') == std::string::npos);
      Reader fresh;
      BOOST_TEST((columns(fresh.read(message)) == first));
      for (const auto& row : used.read(message).attachments) BOOST_TEST(row.content.end <= message.size());
    }
    ++files;
  }
  std::cout << files << " messages\n";
  BOOST_TEST(files > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
