// A whole session, with commands of every kind in flight, and a MailboxSync that acts on what it hears: no sequence of
// bytes may crash it, make it send something that could change a mailbox, or keep it busy without end.
// Seeds: tests/data/imap/*.trace.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "proto/session.hpp"
#include "sync/mailbox_sync.hpp"

namespace {

using namespace haulier::imap;

struct Driver {
  Driver() : sync({}, options(), StatusNumbers{std::uint64_t{5}, std::uint64_t{9}, std::uint64_t{1}, std::nullopt}) {
    Session::Options wire;
    wire.secure = true;
    wire.limits.response_bytes = 8192;
    wire.limits.streamed_literal_bytes = 65536;
    session = std::make_unique<Session>(wire);
    (void)session->submit_authenticate(SaslExchange(Mechanism::kXOAuth2, {"u", "t", {}, 0}), true);
    (void)session->submit(Command::list("", "*", StatusItems{false, true}));
    examine = session->submit(Command::examine(MailboxName("INBOX"), true));
    for (const auto& step : sync.opening()) send(step);
  }
  static SyncOptions options() {
    SyncOptions out;
    out.condstore = out.esearch = true;
    out.batch_messages = 3;
    return out;
  }
  void send(const Step& step) {
    steps.emplace_back(session->submit(command_for(step, options(), sync.plain_items())), sync.sent(step));
  }

  void hear(const Event& event) {
    if (std::holds_alternative<BodyBegin>(event)) has_body = true;
    if (const auto* fetched = std::get_if<Fetched>(&event))
      (void)sync.fetched(fetched->data, std::exchange(has_body, false));
    if (const auto* exists = std::get_if<ExistsChanged>(&event)) sync.exists_changed(exists->count);
    if (std::holds_alternative<ExpungeSeen>(event)) sync.expunge_seen();
    for (const auto& [command, step] : steps) {
      if (const auto* found = std::get_if<Found>(&event); found && found->command == command)
        sync.found(step, found->result);
      if (const auto* done = std::get_if<Completed>(&event); done && done->id == command) {
        sync.completed(step, *done, react(done->verb, done->condition, done->code.code, done->text));
      }
    }
    if (const auto* done = std::get_if<Completed>(&event); done && done->id == examine && done->ok())
      sync.examined(done->examination);
    for (int i = 0; i < 3; ++i) {
      if (const auto step = sync.next_step()) send(*step);
    }
    (void)sync.take_vanished(100);
    (void)sync.take_rejects();
  }

  MailboxSync sync;
  std::unique_ptr<Session> session;
  CommandId examine = 0;
  std::vector<std::pair<CommandId, MailboxSync::StepId>> steps;
  bool has_body = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Driver driver;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<char> block(input.begin(), input.end());
  driver.session->feed({block.data(), block.size()});
  for (std::size_t events = 0;; ++events) {
    if (events > 20 * size + 1000) std::abort();
    const auto event = driver.session->next();
    if (std::holds_alternative<NeedInput>(event) || std::holds_alternative<Failed>(event)) break;
    driver.hear(event);
    const auto output = driver.session->take_output();
    for (const char* forbidden :
         {" SELECT ", " STORE ", " APPEND ", " COPY ", " MOVE ", " EXPUNGE", " BODY[", " DELETE "}) {
      if (output.find(forbidden) != std::string::npos) std::abort();
    }
  }
  return 0;
}
