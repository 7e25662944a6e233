#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "account_run.hpp"
#include "config.hpp"
#include "enumerator.hpp"
#include "haulier/source.hpp"
#include "mail_comparison.hpp"
#include "side_by_side.hpp"

namespace haulier::imap {

/// The source: every account of the config, each pass ending with an up-to-date state row per mailbox. With one account
/// and one connection, or a limit, everything happens on the host's thread; else accounts and connections have threads
/// of their own, which end with the source. One account that fails does not keep the others from being read; its error
/// is told at the end. The host calls from one thread at a time; waits are woken by the host's cancel descriptor.
class ImapSource {
 public:
  using MakeTransport = std::function<Transport(const AccountConfig& account)>;

  ImapSource(Config config, Host host);
  /// For tests: with streams that are no sockets.
  ImapSource(const Config& config, Host host, MakeTransport make_transport);
  ~ImapSource();
  ImapSource(const ImapSource&) = delete;
  ImapSource& operator=(const ImapSource&) = delete;

  void declare(Schema& streams);
  /// Begins to connect for the account that is read first.
  void prepare();
  /// Throws HAULIER_BAD_STATE when a state row is damaged or from a newer program.
  void open(const SourceOptions& options, BatchView state);
  [[nodiscard]] std::optional<Batch> read();
  void committed(std::string_view partition, std::uint64_t n);
  /// Connects, signs in and lists, for `validate --connect`.
  void check();
  /// Every step of the way to each account's mail, for `doctor`.
  void diagnose(Diagnosis& diagnosis);
  /// One line per mailbox: its numbers and how much would be read.
  void plan(PlanLines& lines);

  // Before open(): what the state calls settled is looked up in the sink, and what is missing there is read again.
  void recheck() { recheck_ = true; }
  // For `haulier verify`, instead of read().
  [[nodiscard]] const Comparison& comparison() const { return comparison_; }
  void start_enumeration(std::uint64_t contents);
  [[nodiscard]] std::optional<PlacePage> next_places() { return enumerator_->next(); }

 private:
  [[nodiscard]] bool in_turn() const;
  [[nodiscard]] std::optional<Batch> read_in_turn();
  [[nodiscard]] std::optional<Batch> read_side_by_side();
  void begin_side_by_side();
  void end_side_by_side();
  void note_failure(const Error& error);
  void throw_failure();

  Host host_;
  ImapConfig config_;
  std::unique_ptr<StopSignal> stop_;
  MakeTransport make_transport_;
  std::optional<Transport> prepared_;  ///< of the first account, until open()
  SourceOptions options_;
  std::vector<std::unique_ptr<AccountRun>> runs_;  ///< in the order of the config
  std::optional<Error> failure_;
  bool recheck_ = false;
  MailComparison comparison_;
  std::optional<Enumerator> enumerator_;
  std::size_t next_account_ = 0;    ///< in turn
  std::uint64_t messages_ = 0;      ///< in turn: of the accounts that are through
  std::vector<AccountRun*> again_;  ///< side by side: only those, because their fault may have passed
  std::unique_ptr<SideBySide> round_;
};

}  // namespace haulier::imap
