#pragma once
#include <string>

#include "mime/mail_facts.hpp"

// The facts of a message that are lists or trees, as JSON columns (schemas/README.md, stream `email_details`).
namespace haulier::mime {

void append_auth_json(std::string& out, const MailFacts& facts);
void append_received_json(std::string& out, const MailFacts& facts);
void append_spam_json(std::string& out, const MailFacts& facts);
void append_report_json(std::string& out, const MailFacts& facts);
void append_calendar_json(std::string& out, const CalendarEvent& event);

}  // namespace haulier::mime
