#pragma once
#include <string>

#include "haulier/host.hpp"
#include "watch.hpp"

namespace haulier::imap {

/// Takes out of an account's memory what the pipeline's sink does not hold, so that the pass reads it again; what could
/// not be read at all stays settled. Throws HAULIER_UNSUPPORTED when there is no sink that can be looked into.
void recheck_places(Host host, const std::string& account, Memory& memory);

}  // namespace haulier::imap
