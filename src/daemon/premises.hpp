#pragma once

#include <filesystem>

#include "base/file_lock.hpp"
#include "base/log.hpp"
#include "base/owner_key.hpp"
#include "daemon/run_config.hpp"
#include "store/journal.hpp"

namespace scaleset::daemon {

/// What a scale set that was set with flags holds on this machine: the right to serve it, and its
/// journal. Several processes share a work folder, each with a scale set of its own.
struct Premises {
  Premises(base::FileLock held, store::Journal opened)
      : lock(std::move(held)), journal(std::move(opened)) {}
  base::FileLock lock;
  store::Journal journal;
};

/// Locks the scale set (`WORK/HASH.lock`), opens its journal (`WORK/HASH.journal`), and moves into
/// it what an earlier version kept elsewhere. Blocks. Errors: invalid_options if another process
/// has the lock; io. The text says what to do, and what becomes of jobs that are running.
[[nodiscard]] Result<Premises> open_premises(RunConfig const& config, base::OwnerKey const& owner,
                                             base::Logger const& log);

}  // namespace scaleset::daemon
