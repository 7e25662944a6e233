// Who holds a pipeline, for people who look into haulier_pipelines.
#pragma once

#include <unistd.h>

#include <string>

#include "haulier/host.hpp"

namespace haulier::sql {

[[nodiscard]] inline std::string owner_words(const Host& host) {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) name[0] = '\0';
  return std::string(name) + " process " + std::to_string(::getpid()) + " run " + std::string(host.run_id());
}

}  // namespace haulier::sql
