#include "config.hpp"

#include <algorithm>
#include <set>

#include "server_preset.hpp"

namespace haulier::imap {
namespace {

constexpr std::uint16_t kImapsPort = 993;
constexpr std::uint16_t kImapPort = 143;

TlsProfile profile_of(const std::string& word, bool compatible) {
  if (word == "legacy") return TlsProfile::kLegacy;
  if (word == "default" || (word.empty() && compatible)) return TlsProfile::kDefault;
  return TlsProfile::kModern;
}

// What the config says wins; what it leaves open comes from the preset, if there is one.
ServerConfig read_server(const Config& config, const std::optional<ServerPreset>& preset) {
  ServerConfig server;
  const auto tls = config.at("tls");
  server.host = config.text("host", preset ? preset->host : "");
  const auto mode = tls.text("mode", preset && preset->starttls ? "starttls" : "implicit");
  server.mode = mode == "starttls" ? TlsMode::kStartTls : TlsMode::kImplicit;
  const std::uint16_t usual = server.mode == TlsMode::kStartTls ? kImapPort : kImapsPort;
  const bool same_server = preset && preset->host == server.host;
  server.port = static_cast<std::uint16_t>(config.integer("port", same_server ? preset->port : usual));
  server.tls.profile = profile_of(tls.text("profile"), same_server && preset->compatible_tls);
  server.tls.ca_file = tls.text("ca_file");
  const auto proxy = config.at("proxy");
  if (config.has("proxy")) {
    server.proxy.kind = proxy.text("type") == "http" ? ProxyKind::kHttp : ProxyKind::kSocks5;
    server.proxy.host = proxy.text("host");
    server.proxy.port = static_cast<std::uint16_t>(proxy.integer("port"));
    server.proxy.user = proxy.text("user");
    server.proxy.password = proxy.text("password");
    if (server.proxy.kind == ProxyKind::kHttp && server.proxy.user.find(':') != std::string::npos)
      throw proxy.error("user", "an HTTP proxy cannot be told a user name with a colon (RFC 7617)");
    if (server.proxy.user.empty() && !server.proxy.password.empty())
      throw proxy.error("password", "a password needs a user");
  }
  if (same_server) server.quirks = preset->quirks;
  if (same_server && preset->max_connections > 0) server.max_connections = preset->max_connections;
  server.only_app_password = same_server && preset->only_app_password;
  return server;
}

// The config's own words win, each of them; what it leaves open comes from the provider's preset.
LimitSettings read_limits(const Config& config, const LimitSettings& preset) {
  const auto limits = config.at("limits");
  const auto value = [&limits](std::string_view name, std::uint64_t otherwise) {
    return static_cast<std::uint64_t>(limits.integer(name, static_cast<std::int64_t>(otherwise)));
  };
  return {value("commands_per_second", preset.commands_per_second), value("bytes_per_second", preset.bytes_per_second),
          value("bytes_per_day", preset.bytes_per_day)};
}

AccountConfig read_account(const Config& config, const Config& account, const Json& presets) {
  AccountConfig out;
  out.user = account.text("user");
  out.name = account.text("name", out.user);
  const auto auth = account.at("auth");
  if (auth.has("oauth2")) out.auth = AuthKind::kOAuth2;
  if (auth.has("app_password")) out.auth = AuthKind::kAppPassword;
  const auto provider = auth.at(out.auth == AuthKind::kOAuth2 ? "oauth2" : "app_password").text("provider");
  const auto preset = config.has("host") ? find_preset_of_host(presets, config.text("host"))
                                         : find_server_preset(presets, provider, out.user);
  out.server = read_server(config, preset);
  out.limits = read_limits(config, preset && preset->host == out.server.host ? preset->limits : LimitSettings{});
  if (out.server.host.empty()) {
    throw account.error("user", "no server is known for " + out.user + ": say which one in \"host\"");
  }
  return out;
}

void require_roles(const Config& mailboxes, std::string_view name, const std::vector<std::string>& patterns) {
  for (const auto& pattern : patterns) {
    if (pattern.starts_with('\\') && role_of_attribute(pattern).empty()) {
      throw mailboxes.error(name, "no role is called " + pattern +
                                      ": \\All, \\Archive, \\Drafts, \\Flagged, \\Important, \\Junk, \\Sent, \\Trash");
    }
  }
}

std::chrono::milliseconds duration(const Config& config, std::string_view name, std::chrono::milliseconds otherwise) {
  return std::chrono::milliseconds(config.integer(name, otherwise.count()));
}

}  // namespace

ImapConfig read_config(const Config& config, std::string_view presets_json) {
  ImapConfig out;
  std::set<std::string> names;
  const auto presets = Json::parse(presets_json);
  for (const auto& account : config.list("accounts")) {
    out.accounts.push_back(read_account(config, account, presets));
    if (!names.insert(out.accounts.back().name).second) {
      throw account.error(account.has("name") ? "name" : "user", "two accounts have the same name");
    }
  }
  const auto mailboxes = config.at("mailboxes");
  auto include = mailboxes.texts("include");
  if (!mailboxes.has("include")) include = {"*"};
  auto exclude = mailboxes.texts("exclude");
  require_roles(mailboxes, "include", include);
  require_roles(mailboxes, "exclude", exclude);
  out.mailboxes.patterns = include;
  out.mailboxes.globs = MailboxGlobs(std::move(include), std::move(exclude));
  const auto namespaces = mailboxes.texts("namespaces");
  out.mailboxes.other_users = std::find(namespaces.begin(), namespaces.end(), "other_users") != namespaces.end();
  out.mailboxes.shared = std::find(namespaces.begin(), namespaces.end(), "shared") != namespaces.end();
  const auto batch = config.at("batch");
  out.batch_messages = static_cast<std::uint64_t>(batch.integer("messages", 200));
  out.batch_bytes = static_cast<std::uint64_t>(batch.integer("bytes", std::int64_t{8} << 20));
  out.window = static_cast<std::uint64_t>(config.integer("window", std::int64_t{16} << 20));
  out.max_message = static_cast<std::uint64_t>(config.integer("max_message", std::int64_t{1} << 30));
  out.max_answer = static_cast<std::uint64_t>(config.integer("max_answer", std::int64_t{1} << 30));
  const auto id = config.text("id", "auto");
  out.id = id == "always" ? IdPolicy::kAlways : id == "never" ? IdPolicy::kNever : IdPolicy::kAuto;
  const auto compress = config.text("compress", "auto");
  out.compress = compress == "always"  ? CompressPolicy::kAlways
                 : compress == "never" ? CompressPolicy::kNever
                                       : CompressPolicy::kAuto;
  const auto timeouts = config.at("timeouts");
  out.timeouts.connect = duration(timeouts, "connect", out.timeouts.connect);
  out.timeouts.tls = out.timeouts.connect;
  out.timeouts.response = duration(timeouts, "response", out.timeouts.response);
  out.timeouts.stall = duration(timeouts, "stall", out.timeouts.stall);
  out.reconnects = static_cast<unsigned>(config.integer("reconnects", 4));
  out.connections = static_cast<unsigned>(config.integer("connections", 1));
  out.parallel_accounts = static_cast<unsigned>(config.integer("parallel_accounts", 4));
  out.poll_interval_ms = static_cast<std::uint64_t>(config.integer("poll_interval", 300'000));
  return out;
}

}  // namespace haulier::imap
