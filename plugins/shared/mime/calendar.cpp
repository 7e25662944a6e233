#include "mime/calendar.hpp"

#include <algorithm>

#include "mime/ascii.hpp"
#include "mime/header_fields.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kMaxAttendees = 200;

struct Property {
  std::string_view name;
  std::string_view parameters;  // behind the first ';'
  std::string_view value;
};

// contentline = name *(";" param ) ":" value (RFC 5545 section 3.1); a quoted parameter may hold a colon.
bool split(std::string_view line, Property& out) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] != ':' || quoted) continue;
    const std::string_view left = line.substr(0, i);
    const std::size_t semicolon = left.find(';');
    out.name = trim(left.substr(0, semicolon));
    out.parameters = semicolon == std::string_view::npos ? std::string_view() : left.substr(semicolon + 1);
    out.value = trim(line.substr(i + 1));
    return !out.name.empty();
  }
  return false;
}

std::string_view parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    std::size_t end = 0;
    for (bool quoted = false; end < parameters.size() && (quoted || parameters[end] != ';'); ++end) {
      if (parameters[end] == '"') quoted = !quoted;
    }
    const std::string_view item = parameters.substr(0, end);
    if (item.size() > name.size() && item[name.size()] == '=' && starts_with_ignoring_case(item, name)) {
      std::string_view value = item.substr(name.size() + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      return value;
    }
    parameters.remove_prefix(std::min(parameters.size(), end + 1));
  }
  return {};
}

// RFC 5545 section 3.3.11: \n \, \; and \\.
std::string unescaped(std::string_view value) {
  std::string out;
  value = cut_utf8(value, kMaxValue);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out.push_back(value[i]);
      continue;
    }
    const char c = value[++i];
    out.push_back(c == 'n' || c == 'N' ? '\n' : c);
  }
  return out;
}

std::string address_of(std::string_view value) {
  if (starts_with_ignoring_case(value, "mailto:")) value.remove_prefix(7);
  return std::string(cut_utf8(value, kMaxValue));
}

void set(std::string& target, std::string_view value) {
  if (target.empty()) target = unescaped(value);
}

void take(const Property& property, CalendarEvent& out) {
  const auto is = [&](std::string_view name) { return equals_ignoring_case(property.name, name); };
  if (is("uid")) set(out.uid, property.value);
  if (is("sequence")) set(out.sequence, property.value);
  if (is("dtstart") && out.start.empty()) {
    set(out.start, property.value);
    set(out.tzid, parameter(property.parameters, "tzid"));
  }
  if (is("dtend") || is("due")) set(out.end, property.value);
  if (is("duration")) set(out.duration, property.value);
  if (is("summary")) set(out.summary, property.value);
  if (is("location")) set(out.location, property.value);
  if (is("status")) set(out.status, property.value);
  if (is("rrule")) set(out.recurrence, property.value);
  if (is("organizer") && out.organizer.empty()) out.organizer = address_of(property.value);
  if (is("attendee") && out.attendees.size() < kMaxAttendees) {
    out.attendees.push_back({address_of(property.value), unescaped(parameter(property.parameters, "partstat"))});
  }
}

bool is_event(std::string_view component) {
  return equals_ignoring_case(component, "vevent") || equals_ignoring_case(component, "vtodo") ||
         equals_ignoring_case(component, "vfreebusy") || equals_ignoring_case(component, "vjournal");
}

}  // namespace

void unfold_calendar(std::string& bytes) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < bytes.size(); ++from) {
    const bool fold =
        bytes[from] == '\n' && from + 1 < bytes.size() && (bytes[from + 1] == ' ' || bytes[from + 1] == '\t');
    if (fold)
      ++from;
    else
      bytes[to++] = bytes[from];
  }
  bytes.resize(to);
}

bool read_calendar(std::string_view text, CalendarEvent& out) {
  out = {};
  bool calendar = false;
  std::string open;  // the event that is being read
  int inside = 0;    // components inside it, such as alarms
  for (std::size_t at = 0; at < text.size();) {
    const Line here = line_at(text, at, '\n');
    at = here.next;
    Property property;
    if (!split(here.in(text), property)) continue;
    if (equals_ignoring_case(property.name, "begin")) {
      if (equals_ignoring_case(property.value, "vcalendar")) calendar = true;
      if (!open.empty()) ++inside;
      if (calendar && open.empty() && is_event(property.value)) out.component = open = std::string(property.value);
    } else if (equals_ignoring_case(property.name, "end")) {
      if (!open.empty() && inside-- == 0) break;
    } else if (equals_ignoring_case(property.name, "method") && open.empty()) {
      set(out.method, property.value);
    } else if (!open.empty() && inside == 0) {
      take(property, out);
    }
  }
  for (std::string* word : {&out.method, &out.component})
    std::transform(word->begin(), word->end(), word->begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return calendar;
}

}  // namespace haulier::mime
