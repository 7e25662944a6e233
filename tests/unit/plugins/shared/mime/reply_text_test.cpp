#include "mime/reply_text.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime_case.hpp"

namespace mime_reply_test {
namespace data = boost::unit_test::data;
using haulier::mime::ReplySplit;
using mime_test::Case;

// Expected: reply and signature, divided by `|`; `-` when nothing is cut.
const Case kReplies[] = {
    {"no_marks_at_all", "Hello.\n\nBye.\n", "-"},
    {"empty_text", "", "-"},
    {"quote_below", "Yes.\n\n> May I?\n", "Yes.\n|"},
    {"attribution_in_english", "Yes.\n\nOn Tue, 1 Jul 2003, Ann wrote:\n> May I?\n", "Yes.\n|"},
    {"attribution_broken_at_72",
     "Yes.\n\nOn Tuesday, 1 July 2003 at 10:52,\nAnn Other <ann@example.org> wrote:\n\n> May I?\n", "Yes.\n|"},
    {"attribution_in_german", "Ja.\n\nAm 01.07.2003 um 10:52 schrieb Ann Other:\n> Darf ich?\n", "Ja.\n|"},
    {"attribution_in_french", "Oui.\n\nLe mar. 1 juil. 2003 à 10:52, Ann a écrit :\n> Puis-je ?\n", "Oui.\n|"},
    {"attribution_in_chinese", "好。\n\n在 2003年7月1日，Ann <ann@example.org> 写道：\n> 可以吗？\n", "好。\n|"},
    {"attribution_without_quote_marks", "Yes.\n\nOn Tue, Ann wrote:\nMay I?\n", "Yes.\n|"},
    {"answers_between_quotes_stay", "> One?\nYes.\n> Two?\nNo.\n", "Yes.\nNo.\n|"},
    {"original_message_ruler", "Yes.\n\n-----Original Message-----\nFrom: Ann\nMay I?\n", "Yes.\n|"},
    {"original_message_in_german", "Ja.\n\n-----Ursprüngliche Nachricht-----\nVon: Ann\n", "Ja.\n|"},
    {"original_message_in_chinese", "好。\n\n------------------ 原始邮件 ------------------\n发件人: Ann\n", "好。\n|"},
    {"outlook_header_block", "Yes.\n\nFrom: Ann Other\nSent: Tuesday\nTo: Bob\nSubject: x\n\nMay I?\n", "Yes.\n|"},
    {"from_alone_is_text", "From: the top of the hill\none sees far.\n", "-"},
    {"signature", "Yes.\n\n-- \nBob\nExample Ltd\n", "Yes.\n|Bob\nExample Ltd"},
    {"signature_without_blank", "Yes.\n--\nBob\n", "Yes.\n|Bob"},
    {"signature_before_quote", "Yes.\n-- \nBob\n\nOn Tue, Ann wrote:\n> May I?\n", "Yes.\n|Bob"},
    {"device_signature", "Yes.\n\nSent from my iPhone\n", "Yes.\n|Sent from my iPhone"},
    {"a_line_longer_than_any_attribution", "On " + std::string(2000, 'x') + "\nwrote:\nmore\n", "-"},
    {"a_rule_is_no_signature", "Above\n---\nBelow\n", "-"},
    {"only_a_quote", "> May I?\n", "|"},
    {"a_sentence_that_begins_with_on", "On Tuesday we meet:\nyou and I.\n", "-"},
};
}  // namespace mime_reply_test

BOOST_AUTO_TEST_SUITE(mime_reply)

using namespace mime_reply_test;

BOOST_DATA_TEST_CASE(a_reply_is_told_from_quote_and_signature, data::make(kReplies), row) {
  ReplySplit split;
  haulier::mime::split_reply(row.input, split);
  BOOST_TEST((split.cut ? split.reply + "|" + std::string(split.signature) : "-") == row.expected);
}

BOOST_AUTO_TEST_SUITE_END()
