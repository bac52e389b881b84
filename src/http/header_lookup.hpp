#pragma once

#include "base/header_lookup.hpp"

namespace scaleset::http {

using base::find_header;

}  // namespace scaleset::http
