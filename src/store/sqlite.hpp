#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "scaleset/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

/// The part of SQLite that this room needs, with owners and Results. Not thread-safe.
namespace scaleset::store {

/// An open database, and the path that names it in errors.
struct Connection {
  sqlite3* handle = nullptr;
  std::filesystem::path path;

  Connection() = default;
  Connection(Connection const&) = delete;
  Connection& operator=(Connection const&) = delete;
  ~Connection();
  /// malformed_response if the file is damaged, else io; with the path, what was tried, SQLite's
  /// last reason, and what to do about it.
  [[nodiscard]] Error error(std::string_view what) const;
};

/// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
 public:
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, std::string_view text);
  void bind_null(int parameter);

  /// Runs to the next row. False if there is none: then the statement is complete and may be run
  /// again with other parameters.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] std::int64_t integer(int column) const;
  /// Empty for NULL.
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(std::shared_ptr<Connection> connection, sqlite3_stmt* statement)
      : connection_(std::move(connection)), statement_(statement) {}
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  /// Creates the file (mode 0600) if there is none.
  static Result<Database> open(std::filesystem::path const& path);
  /// Runs one statement or several, without parameters. Their rows are ignored.
  [[nodiscard]] Result<void> execute(std::string const& script);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// A statement without rows, which is prepared at its first use and kept: preparing takes longer
  /// than running. The pointer is good for the life of the database.
  [[nodiscard]] Result<Statement*> kept(std::string_view sql);
  /// The first column of the first row, as text; empty if there is none.
  [[nodiscard]] Result<std::string> value(std::string_view sql);
  [[nodiscard]] Error error(std::string_view what) const { return connection_->error(what); }
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return connection_->path; }

 private:
  explicit Database(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  std::shared_ptr<Connection> connection_;
  std::map<std::string, Statement, std::less<>> kept_;
};

/// Undoes at the end of its life what was not committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // null once it was committed
};

}  // namespace scaleset::store
