#include "store/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "base/crash_point.hpp"
#include "base/resource_limit.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::store {
namespace {

std::string_view advice(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_FULL: return ": make room on the disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return ": this user needs to read and write the file and its folder";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ": another process is using it";
    default: return "";
  }
}

/// Done here because SQLite would create a file that everybody may read. The files that SQLite puts
/// beside it get the same mode.
Result<void> create_private(std::filesystem::path const& path) {
  base::UniqueFd const file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.valid() && ::fchmod(file.get(), 0600) == 0) return {};
  std::string const reason = base::system_error_text(errno);
  return fail(ErrorCode::io, "cannot open " + path.string() + ": " + reason +
                                 ": this user needs to read and write the file and its folder");
}

}  // namespace

// _v2, since statements that still exist then keep the connection alive instead of being in the
// way.
Connection::~Connection() { sqlite3_close_v2(handle); }

Error Connection::error(std::string_view what) const {
  std::string text = path.string() + ": " + std::string(what) + ": " + sqlite3_errmsg(handle);
  // SQLite says "unable to open database file" then.
  if (int const limit = base::descriptors_exhausted(); limit != 0)
    return {ErrorCode::io, text + "; " + std::string(base::advice_for_limit(limit))};
  int const code = sqlite3_extended_errcode(handle);
  text += advice(code);
  bool const damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
  return {damaged ? ErrorCode::malformed_response : ErrorCode::io, std::move(text)};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

// The results of sqlite3_bind_* are ignored: they fail for a parameter that does not exist, which
// is a mistake in this program. step() then writes NULL, which the schema refuses.
void Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
}

void Statement::bind(int parameter, std::string_view text) {
  // SQLite needs a copy of the text. SQLITE_TRANSIENT would make it, but is a C-style cast, which
  // our warnings refuse.
  auto* const copy = static_cast<char*>(sqlite3_malloc64(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  copy[text.copy(copy, text.size())] = '\0';
  sqlite3_bind_text64(statement_.get(), parameter, copy, text.size(), sqlite3_free, SQLITE_UTF8);
}

void Statement::bind_null(int parameter) { sqlite3_bind_null(statement_.get(), parameter); }

Result<bool> Statement::step() {
  int const code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    // Parameters can be bound again only after a reset.
    sqlite3_reset(statement_.get());
    return false;
  }
  Error error = connection_->error("cannot run a statement");
  sqlite3_reset(statement_.get());
  return std::unexpected(std::move(error));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  auto const* const bytes = static_cast<char const*>(sqlite3_column_blob(statement_.get(), column));
  auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<Database> Database::open(std::filesystem::path const& path) {
  if (auto created = create_private(path); !created) return std::unexpected(created.error());
  auto connection = std::make_shared<Connection>();
  connection->path = path;
  // No mutexes: a journal is used on one thread. No SQLITE_OPEN_CREATE: create_private() has done
  // it.
  int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path.c_str(), &connection->handle, flags, nullptr) != SQLITE_OK) {
    return std::unexpected(connection->error("cannot open"));
  }
  return Database(std::move(connection));
}

Result<void> Database::execute(std::string const& script) {
  int const code = sqlite3_exec(connection_->handle, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error("cannot run a statement"));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int const code = sqlite3_prepare_v2(connection_->handle, sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error("cannot prepare a statement"));
  return Statement(connection_, statement);
}

Result<Statement*> Database::kept(std::string_view sql) {
  auto found = kept_.find(sql);
  if (found == kept_.end()) {
    auto prepared = prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    found = kept_.emplace(sql, *std::move(prepared)).first;
  }
  return &found->second;
}

Result<std::string> Database::value(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->text(0) : std::string();
}

namespace {

Result<void> run_kept(Database& database, std::string_view sql) {
  auto statement = database.kept(sql);
  if (!statement) return std::unexpected(statement.error());
  auto done = (*statement)->step();
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

Result<Transaction> Transaction::begin(Database& database) {
  // IMMEDIATE takes the lock for writing at once, so that no later statement can fail for the lack
  // of it.
  if (auto begun = run_kept(database, "BEGIN IMMEDIATE"); !begun) {
    return std::unexpected(begun.error());
  }
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // If this fails, the transaction was rolled back already, or the next BEGIN reports the error.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  base::crash_point("before a commit of the journal");
  auto committed = run_kept(*database_, "COMMIT");
  base::crash_point("after a commit of the journal");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace scaleset::store
