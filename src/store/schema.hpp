#pragma once

#include "store/sqlite.hpp"

namespace scaleset::store {

/// Checks that the database is a sound journal, or empty, and brings it to this version's schema.
/// Errors: see Journal::open.
[[nodiscard]] Result<void> prepare_schema(Database& database);

/// The version that prepare_schema leaves behind (PRAGMA user_version).
[[nodiscard]] int schema_version() noexcept;

}  // namespace scaleset::store
