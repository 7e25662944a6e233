#include "account_facts.hpp"

#include <charconv>
#include <limits>
#include <string_view>

namespace haulier::imap {
namespace {

constexpr std::size_t kMaxCapabilityOctets = 4000;
constexpr std::size_t kMaxServerOctets = 300;
constexpr std::size_t kHours = 25;

void member(std::string& out, std::string_view name) {
  if (out.size() > 1) out += ',';
  append_json_string(out, name);
  out += ':';
}

void text(std::string& out, std::string_view name, const std::string& value, std::size_t limit) {
  if (value.empty() || value.size() > limit) return;
  member(out, name);
  append_json_string(out, value);
}

void number(std::string& out, std::string_view name, std::int64_t value) {
  if (value == 0) return;
  member(out, name);
  out += std::to_string(value);
}

void flag(std::string& out, std::string_view name, bool value) {
  if (!value) return;
  member(out, name);
  out += "true";
}

std::string text_of(const Json& json, std::size_t limit) { return json.text().size() <= limit ? json.text() : ""; }

template <class Number>
Number positive(const Json& json) {
  const auto value = json.integer();
  return value > 0 && static_cast<std::uint64_t>(value) <= std::numeric_limits<Number>::max()
             ? static_cast<Number>(value)
             : Number{0};
}

std::optional<std::int64_t> hour_of(const std::string& name) {
  std::int64_t hour = 0;
  const auto result = std::from_chars(name.data(), name.data() + name.size(), hour);
  const bool whole = result.ec == std::errc{} && result.ptr == name.data() + name.size();
  return whole && hour > 0 ? std::optional(hour) : std::nullopt;
}

}  // namespace

bool AccountFacts::announces_the_same(const AccountFacts& other) const {
  return server == other.server && before_login == other.before_login && after_login == other.after_login &&
         told_at_login == other.told_at_login;
}

void AccountFacts::copy_announced(const AccountFacts& from) {
  before_login = from.before_login;
  after_login = from.after_login;
  told_at_login = from.told_at_login;
}

void FactsOfRows::add(const std::string& mailbox, const AccountFacts& said) {
  if (said.at_us > newest_.at_us) newest_ = said;
  if (!said.announces() || said.at_us <= announced_.at_us) return;
  announced_ = said;
  mailbox_ = mailbox;
}

AccountFacts FactsOfRows::facts() const {
  auto facts = newest_;
  if (facts.server == announced_.server) facts.copy_announced(announced_);
  return facts;
}

std::string FactsOfRows::announced_in() const { return newest_.server == announced_.server ? mailbox_ : ""; }

std::string write_facts(const AccountFacts& facts) {
  if (!facts.known()) return {};
  std::string out = "{";
  number(out, "at", facts.at_us);
  text(out, "server", facts.server, kMaxServerOctets);
  text(out, "before", facts.before_login, kMaxCapabilityOctets);
  text(out, "after", facts.after_login, kMaxCapabilityOctets);
  flag(out, "told", facts.told_at_login);
  flag(out, "needs_id", facts.needs_id);
  if (facts.takes_ahead) {
    member(out, "ahead");
    out += *facts.takes_ahead ? "true" : "false";
  }
  flag(out, "no_compress", facts.no_compress);
  number(out, "depth", facts.depth);
  number(out, "link", static_cast<std::int64_t>(facts.link_bytes_per_second));
  number(out, "link_at", facts.link_measured_us);
  if (!facts.hours.empty()) {
    member(out, "hours");
    std::string inner = "{";
    for (const auto& [hour, bytes] : facts.hours) number(inner, std::to_string(hour), static_cast<std::int64_t>(bytes));
    out += inner + '}';
  }
  return out + '}';
}

AccountFacts read_facts(const Json& json) {
  AccountFacts facts;
  facts.at_us = positive<std::int64_t>(json["at"]);
  if (!facts.known()) return {};
  facts.server = text_of(json["server"], kMaxServerOctets);
  facts.before_login = text_of(json["before"], kMaxCapabilityOctets);
  facts.after_login = text_of(json["after"], kMaxCapabilityOctets);
  facts.told_at_login = json["told"].boolean();
  facts.needs_id = json["needs_id"].boolean();
  if (json["ahead"].kind() == Json::Kind::Bool) facts.takes_ahead = json["ahead"].boolean();
  facts.no_compress = json["no_compress"].boolean();
  facts.depth = positive<std::uint32_t>(json["depth"]);
  facts.link_bytes_per_second = positive<std::uint64_t>(json["link"]);
  facts.link_measured_us = positive<std::int64_t>(json["link_at"]);
  for (const auto& [name, bytes] : json["hours"].members()) {
    const auto hour = hour_of(name);
    if (hour && facts.hours.size() < kHours) facts.hours[*hour] = positive<std::uint64_t>(bytes);
  }
  return facts;
}

}  // namespace haulier::imap
