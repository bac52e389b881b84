#include "base/core_dump.hpp"

#include <sys/prctl.h>

namespace scaleset::base {

// It cannot fail with this argument.
void forbid_core_dumps() noexcept { static_cast<void>(::prctl(PR_SET_DUMPABLE, 0)); }

}  // namespace scaleset::base
