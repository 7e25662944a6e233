#include "mime/facts_json.hpp"

#include "mime/json_text.hpp"

namespace haulier::mime {

void append_auth_json(std::string& out, const MailFacts& facts) {
  JsonText json(out);
  bool in_field = false;
  bool in_method = false;
  bool in_properties = false;
  const auto end_method = [&] {
    if (in_properties) json.end_array();
    if (in_method) json.end_object();
    in_method = in_properties = false;
  };
  json.begin_array();
  for (const AuthItem& item : facts.auth) {
    if (item.kind == AuthItem::Kind::server) {
      end_method();
      if (in_field) json.end_array().end_object();
      in_field = true;
      json.begin_object().member("server", item.name).key("results").begin_array();
    } else if (item.kind == AuthItem::Kind::method) {
      end_method();
      in_method = true;
      json.begin_object().member("method", item.name).member("result", item.value);
    } else if (in_method) {
      if (!in_properties) json.key("properties").begin_array();
      in_properties = true;
      json.begin_array().string(item.name).string(item.value).end_array();
    }
  }
  end_method();
  if (in_field) json.end_array().end_object();
  json.end_array();
}

void append_received_json(std::string& out, const MailFacts& facts) {
  JsonText json(out);
  json.begin_array();
  for (const ReceivedHop& hop : facts.received) {
    json.begin_object();
    json.optional_member("from", hop.from).optional_member("by", hop.by).optional_member("with", hop.with);
    json.optional_member("ip", hop.ip);
    if (hop.time) json.member("time_us", hop.time->utc_us);
    json.key("tls").boolean(hop.tls);
    json.end_object();
  }
  json.end_array();
}

void append_spam_json(std::string& out, const MailFacts& facts) {
  JsonText json(out);
  json.begin_array();
  for (const auto& field : facts.spam) json.begin_array().string(field.name).string(field.value).end_array();
  json.end_array();
}

void append_report_json(std::string& out, const MailFacts& facts) {
  JsonText json(out);
  json.begin_object().member("kind", name_of(facts.report.kind));
  json.optional_member("message_id", facts.report_message_id);
  std::uint32_t block = 0;
  for (const ReportField& field : facts.report.fields) {
    if (field.block != block) {
      if (block == 0)
        json.key("recipients").begin_array();
      else
        json.end_object();
      json.begin_object();
      block = field.block;
    }
    json.member(field.name, field.value);
  }
  if (block != 0) json.end_object().end_array();
  json.end_object();
}

void append_calendar_json(std::string& out, const CalendarEvent& event) {
  JsonText json(out);
  json.begin_object();
  const std::pair<std::string_view, const std::string*> members[] = {{"method", &event.method},
                                                                     {"component", &event.component},
                                                                     {"uid", &event.uid},
                                                                     {"sequence", &event.sequence},
                                                                     {"start", &event.start},
                                                                     {"end", &event.end},
                                                                     {"tzid", &event.tzid},
                                                                     {"duration", &event.duration},
                                                                     {"summary", &event.summary},
                                                                     {"location", &event.location},
                                                                     {"organizer", &event.organizer},
                                                                     {"status", &event.status},
                                                                     {"recurrence", &event.recurrence}};
  for (const auto& [name, value] : members) json.optional_member(name, *value);
  json.key("attendees").begin_array();
  for (const auto& attendee : event.attendees) {
    json.begin_object().member("address", attendee.address).optional_member("status", attendee.status).end_object();
  }
  json.end_array().end_object();
}

}  // namespace haulier::mime
