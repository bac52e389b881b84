#pragma once

#include <filesystem>
#include <optional>

#include "base/log.hpp"
#include "base/owner_key.hpp"
#include "scaleset/error.hpp"
#include "store/journal.hpp"

namespace scaleset::daemon {

/// Moves what another journal says about this owner into `journal`: that of an earlier version,
/// which was named after the scale set alone, or that of a process that served it with flags.
/// Records of other owners stay in the old file. Once it has none, it is renamed to `OLD.imported`.
/// Returns how many runners were moved; no value if the file does not exist or has nothing of this
/// owner. After a crash in the middle the next call moves the rest. A damaged file is renamed and
/// has nothing. Both are logged. Errors: conflict if another process has the old file open; io.
[[nodiscard]] Result<std::optional<std::size_t>> import_journal(std::filesystem::path const& old,
                                                                base::OwnerKey const& owner,
                                                                store::Journal& journal,
                                                                base::Logger const& log);
/// Logs that a journal was damaged, if it was.
void report_set_aside(store::Journal const& journal, base::Logger const& log);

}  // namespace scaleset::daemon
