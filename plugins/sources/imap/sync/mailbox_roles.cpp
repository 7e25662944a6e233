#include "sync/mailbox_roles.hpp"

#include <algorithm>

#include "proto/cursor.hpp"

namespace haulier::imap {
namespace {

struct Named {
  std::string_view name;
  Role role;
};

constexpr Named kAttributes[] = {
    {"\\ALL", Role::kAll},       {"\\ALLMAIL", Role::kAll},        {"\\ARCHIVE", Role::kArchive},
    {"\\DRAFTS", Role::kDrafts}, {"\\FLAGGED", Role::kFlagged},    {"\\STARRED", Role::kFlagged},
    {"\\JUNK", Role::kJunk},     {"\\SPAM", Role::kJunk},          {"\\SENT", Role::kSent},
    {"\\TRASH", Role::kTrash},   {"\\IMPORTANT", Role::kImportant}};

constexpr Named kUsualNames[] = {{"SENT", Role::kSent},           {"SENT ITEMS", Role::kSent},
                                 {"SENT MESSAGES", Role::kSent},  {"SENT MAIL", Role::kSent},
                                 {"已发送", Role::kSent},         {"已发送邮件", Role::kSent},
                                 {"JUNK", Role::kJunk},           {"JUNK EMAIL", Role::kJunk},
                                 {"JUNK E-MAIL", Role::kJunk},    {"SPAM", Role::kJunk},
                                 {"BULK MAIL", Role::kJunk},      {"垃圾邮件", Role::kJunk},
                                 {"垃圾箱", Role::kJunk},         {"TRASH", Role::kTrash},
                                 {"DELETED ITEMS", Role::kTrash}, {"DELETED MESSAGES", Role::kTrash},
                                 {"已删除", Role::kTrash},        {"已删除邮件", Role::kTrash},
                                 {"DRAFTS", Role::kDrafts},       {"草稿箱", Role::kDrafts},
                                 {"草稿", Role::kDrafts},         {"ARCHIVE", Role::kArchive},
                                 {"存档", Role::kArchive}};

Roles only(Role role) { return {static_cast<std::uint32_t>(role)}; }

template <class Table>
Roles look_up(const Table& table, std::string_view name) {
  const auto at =
      std::find_if(std::begin(table), std::end(table), [&](const Named& row) { return equals_word(name, row.name); });
  return at == std::end(table) ? Roles{} : only(at->role);
}

}  // namespace

Roles role_of_attribute(std::string_view attribute) { return look_up(kAttributes, attribute); }

Roles roles_of_attributes(std::string_view attributes) {
  Roles roles;
  Cursor cursor(attributes);
  for (cursor.take_spaces(); !cursor.at_end(); cursor.take_spaces()) {
    const auto attribute = cursor.atom();
    if (attribute.empty()) break;
    roles.add(role_of_attribute(attribute));
  }
  return roles;
}

Roles role_of_usual_name(std::string_view utf8_name) { return look_up(kUsualNames, utf8_name); }

}  // namespace haulier::imap
