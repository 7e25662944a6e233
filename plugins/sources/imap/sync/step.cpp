#include "sync/step.hpp"

namespace haulier::imap {
namespace {

// Neither ENVELOPE nor BODYSTRUCTURE: one malformed header would spoil the whole answer.
FetchItems place_items(const SyncOptions& options, bool plain) {
  FetchItems items = FetchItem::kFlags | FetchItem::kInternalDate;
  if (plain) return items;
  if (options.condstore) items = items | FetchItem::kModSeq;
  if (options.object_id) items = items | FetchItem::kEmailId | FetchItem::kThreadId;
  if (options.gmail) items = items | FetchItem::kGmMsgId | FetchItem::kGmThrId;
  return items;
}

// RFC822.SIZE is only a hint, but where it is more than a window holds, somebody cut something off.
Command fetch_bodies(const Step& step, const SyncOptions& options, bool plain, std::optional<Window> window) {
  const auto items = place_items(options, plain) | FetchItem::kBody;
  return Command::uid_fetch(step.set, window ? items | FetchItem::kSize : items, std::nullopt, window);
}

}  // namespace

Command command_for(const Step& step, const SyncOptions& options, bool plain_items) {
  switch (step.kind) {
    case Step::Kind::kBodies: {
      const bool whole = plain_items || options.quirks.has(Quirk::kNoPartial);
      return fetch_bodies(step, options, plain_items,
                          whole ? std::nullopt : std::optional(BigBodies(options.big_bodies).first()));
    }
    case Step::Kind::kWindow:
      return fetch_bodies(step, options, plain_items, step.window);
    case Step::Kind::kIdentify:
      return Command::uid_fetch(step.set, place_items(options, plain_items));
    case Step::Kind::kFingerprint:
      return Command::uid_fetch(step.set, place_items(options, plain_items) | FetchItem::kSize | FetchItem::kMessageId);
    case Step::Kind::kSearchAll:
      if (options.quirks.has(Quirk::kSearchByRange)) return Command::uid_search(step.set, options.esearch);
      return Command::uid_search_all(options.esearch);
    case Step::Kind::kChanges:
      return Command::uid_fetch(step.set, FetchItem::kFlags | FetchItem::kModSeq, step.since);
    case Step::Kind::kFlags:
      return Command::uid_fetch(step.set,
                                options.condstore ? FetchItem::kFlags | FetchItem::kModSeq : FetchItem::kFlags);
    case Step::Kind::kList:
      return Command::uid_fetch(step.set, {});
    case Step::Kind::kProbe:
    case Step::Kind::kSearchNew:
      return Command::uid_search(step.set, options.esearch);
  }
  return Command::noop();
}

}  // namespace haulier::imap
