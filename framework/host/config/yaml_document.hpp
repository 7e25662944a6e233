// Reads one YAML document into ConfigNodes, with the checks that yaml-cpp 0.7 leaves out: duplicate keys, several
// documents, invalid UTF-8, tags, merge keys, depth, size and a node budget against alias bombs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_node.hpp"

namespace haulier::host {

struct YamlLimits {
  std::size_t size_bytes = 1 << 20;
  std::size_t nodes = 100'000;  // after aliases are expanded
  int depth = 64;
};

// `name` stands in every place. Throws ConfigError.
[[nodiscard]] ConfigNode parse_yaml(std::string_view text, const std::string& name, const YamlLimits& limits = {});

// Throws ConfigError for what is in the file, Failed (exit 78) when the file cannot be read.
[[nodiscard]] ConfigNode read_yaml_file(const std::string& path, const YamlLimits& limits = {});

}  // namespace haulier::host
