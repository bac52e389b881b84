#pragma once

#include "store/journal.hpp"

/// For tests only.
namespace scaleset::store::testing {

inline ScaleSetRecord linux_set() {
  ScaleSetRecord record;
  record.config_url = "https://github.com/octo-org";
  record.group = "default";
  record.name = "linux";
  record.id = ScaleSetId{5};
  return record;
}

}  // namespace scaleset::store::testing
