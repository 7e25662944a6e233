#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "account_reader.hpp"
#include "config.hpp"
#include "haulier/source.hpp"

namespace haulier::imap {

/// The source: every account of the config in turn, each pass ending with an up-to-date state row per mailbox. One
/// account that fails does not keep the others from being read; its error is told at the end. The host calls from one
/// thread at a time; waits are woken by the host's cancel descriptor.
class ImapSource {
 public:
  using MakeTransport = std::function<Transport(const AccountConfig& account)>;

  ImapSource(Config config, Host host);
  /// For tests: with streams that are no sockets.
  ImapSource(const Config& config, Host host, MakeTransport make_transport);

  void declare(Schema& streams);
  /// Throws HAULIER_BAD_STATE when a state row is damaged or from a newer program.
  void open(const SourceOptions& options, BatchView state);
  [[nodiscard]] std::optional<Batch> read();
  void committed(std::string_view partition, std::uint64_t n);
  /// Connects, signs in and lists, for `validate --connect`.
  void check();
  /// One line per mailbox: its numbers and how much would be read.
  void plan(PlanLines& lines);

 private:
  [[nodiscard]] bool start_next_account();
  void note_failure(const Error& error);
  void keep_connection();
  void wait_for_next_pass();

  Host host_;
  ImapConfig config_;
  MakeTransport make_transport_;
  SourceOptions options_;
  std::map<std::string, Memory> memories_;                        ///< by account name
  std::map<std::string, StoredIds> stored_;                       ///< by account name
  std::map<std::string, std::unique_ptr<AccountLimits>> shared_;  ///< by account name
  std::size_t next_account_ = 0;
  std::optional<AccountReader> reader_;
  std::uint64_t messages_ = 0;  ///< of readers that are gone
  std::optional<Error> failure_;
  // Between two passes of --watch, when there is one account: the connection it is watched on.
  std::optional<SignedIn> watched_;
  std::optional<MailboxName> busiest_;
};

}  // namespace haulier::imap
