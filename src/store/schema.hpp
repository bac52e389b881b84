#pragma once

#include "store/sqlite.hpp"

namespace scaleset::store {

/// Checks that the database is an undamaged journal, or empty, and brings it to this version's
/// schema.
/// Errors: malformed_response if it is damaged; else see Journal::open.
[[nodiscard]] Result<void> prepare_schema(Database& database);

/// The version of the schema that prepare_schema makes (PRAGMA user_version).
[[nodiscard]] int schema_version() noexcept;

}  // namespace scaleset::store
