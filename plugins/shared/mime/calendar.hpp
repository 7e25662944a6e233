#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace haulier::mime {

// What an invitation says (RFC 5545, RFC 5546): the method and the first event, to-do or free-busy component. Times
// are as written (`20261122T100000Z`, or with `tzid`); nothing is expanded.
struct CalendarEvent {
  std::string method;  // upper case: REQUEST, REPLY, CANCEL, ...
  std::string component;
  std::string uid;
  std::string sequence;
  std::string start;
  std::string end;
  std::string tzid;  // of the start
  std::string duration;
  std::string summary;
  std::string location;
  std::string organizer;  // address
  std::string status;
  std::string recurrence;
  struct Attendee {
    std::string address;
    std::string status;  // PARTSTAT, e.g. ACCEPTED
  };
  std::vector<Attendee> attendees;  // at most 200
};

// Joins folded lines, on bytes with LF line ends.
void unfold_calendar(std::string& bytes);

// `text` is UTF-8 without folds. False when it is no calendar. Bounds: values are cut at 4 KiB.
bool read_calendar(std::string_view text, CalendarEvent& out);

}  // namespace haulier::mime
