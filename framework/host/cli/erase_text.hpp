// The receipt of `haulier erase`: what was asked, what went, when and by which run; nothing of what it was.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/eraser.hpp"
#include "report/audit.hpp"

namespace haulier::host {

struct EraseReceipt {
  std::string pipeline;
  std::string run_id;
  std::int64_t at_us = 0;
  EraseWhat what;
  std::vector<SinkErasure> sinks;
};

[[nodiscard]] std::string receipt_text(const EraseReceipt& receipt);
[[nodiscard]] std::string receipt_json(const EraseReceipt& receipt);
// One sink's share for the audit log.
[[nodiscard]] std::vector<AuditField> audit_fields(const EraseReceipt& receipt, const SinkErasure& sink);

}  // namespace haulier::host
