#include "store/sqlite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/files.hpp"

namespace scaleset::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SqliteTest : public ::testing::Test {
 protected:
  Database open() const {
    auto opened = Database::open(path);
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }
  void run(std::string const& script) {
    auto const done = database.execute(script);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::string value(std::string_view sql) { return database.value(sql).value_or("error"); }

  base::TemporaryDirectory folder;
  std::filesystem::path path = folder.path() / "database";
  Database database = open();
};

TEST_F(SqliteTest, ValuesComeBackAsTheyWere) {
  run("CREATE TABLE t (a INTEGER, b TEXT, c TEXT)");
  auto insert = database.prepare("INSERT INTO t VALUES (?1, ?2, ?3)").value();
  std::string const odd("nul \0 and \xff", 11);
  insert.bind(1, std::numeric_limits<std::int64_t>::min());
  insert.bind(2, odd);
  insert.bind_null(3);
  EXPECT_EQ(insert.step().value(), false) << "it has no rows";
  auto select = database.prepare("SELECT a, b, c FROM t").value();
  ASSERT_TRUE(select.step().value());
  EXPECT_EQ(select.integer(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(select.text(1), odd);
  EXPECT_FALSE(select.is_null(1));
  EXPECT_TRUE(select.is_null(2));
  EXPECT_EQ(select.text(2), "");
  EXPECT_FALSE(select.step().value());
}

TEST_F(SqliteTest, ACompletedStatementTakesOtherParameters) {
  run("CREATE TABLE t (a INTEGER)");
  auto insert = database.prepare("INSERT INTO t VALUES (?1)").value();
  for (std::int64_t const number : {1, 2, 3}) {
    insert.bind(1, number);
    ASSERT_TRUE(insert.step());
  }
  EXPECT_EQ(value("SELECT group_concat(a) FROM t"), "1,2,3");
}

TEST_F(SqliteTest, AStatementThatFailedCanBeUsedAgain) {
  run("CREATE TABLE t (a INTEGER UNIQUE)");
  auto insert = database.prepare("INSERT INTO t VALUES (?1)").value();
  insert.bind(1, std::int64_t{1});
  ASSERT_TRUE(insert.step());
  auto const repeated = insert.step();
  ASSERT_FALSE(repeated);
  EXPECT_EQ(repeated.error().code, ErrorCode::io);
  EXPECT_THAT(repeated.error().message, AllOf(HasSubstr(path.string()), HasSubstr("UNIQUE")));
  insert.bind(1, std::int64_t{2});
  EXPECT_TRUE(insert.step());
}

TEST_F(SqliteTest, AQueryWithoutRowsHasAnEmptyValue) {
  run("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('y')");
  EXPECT_EQ(value("SELECT a FROM t ORDER BY a"), "x");
  EXPECT_EQ(value("SELECT a FROM t WHERE a = 'z'"), "");
}

TEST_F(SqliteTest, WhatIsNoSqlNamesTheFileAndTheReason) {
  auto const prepared = database.prepare("SELEKT 1");
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().message, AllOf(HasSubstr(path.string()), HasSubstr("SELEKT")));
  EXPECT_FALSE(database.execute("SELEKT 1"));
  EXPECT_FALSE(database.value("SELEKT 1"));
}

TEST_F(SqliteTest, ATransactionThatIsNotCommittedIsUndone) {
  run("CREATE TABLE t (a INTEGER)");
  {
    auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction);
    run("INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(value("SELECT count(*) FROM t"), "0");
  {
    auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction);
    Transaction moved(*std::move(transaction));
    run("INSERT INTO t VALUES (2)");
    EXPECT_TRUE(moved.commit());
  }
  EXPECT_EQ(value("SELECT count(*) FROM t"), "1");
}

TEST_F(SqliteTest, AnotherWriterIsNamedAsTheReason) {
  auto other = open();
  auto const first = Transaction::begin(other);
  ASSERT_TRUE(first);
  auto const second = Transaction::begin(database);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::io);
  EXPECT_THAT(second.error().message, HasSubstr("another process is using it"));
}

TEST_F(SqliteTest, AFullDatabaseSaysToMakeRoom) {
  run("CREATE TABLE t (a BLOB); PRAGMA max_page_count = 4");
  auto const done = database.execute("INSERT INTO t VALUES (zeroblob(100000))");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::io);
  EXPECT_THAT(done.error().message, HasSubstr("make room on the disk"));
}

TEST_F(SqliteTest, AReadOnlyDatabaseSaysWhatIsNeeded) {
  run("CREATE TABLE t (a INTEGER); PRAGMA query_only = ON");
  auto const done = database.execute("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::io);
  EXPECT_THAT(done.error().message, HasSubstr("this user needs to read and write the file"));
}

TEST_F(SqliteTest, DamageHasACodeOfItsOwn) {
  auto const damaged = folder.path() / "damaged";
  std::ofstream(damaged) << std::string(5000, 'x');
  auto opened = Database::open(damaged);
  ASSERT_TRUE(opened) << "SQLite looks into it later";
  auto const looked = opened->value("SELECT count(*) FROM sqlite_schema");
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().code, ErrorCode::malformed_response);
  EXPECT_THAT(looked.error().message, HasSubstr(damaged.string()));
}

TEST_F(SqliteTest, AStatementOutlivesItsDatabase) {
  std::optional<Statement> statement;
  {
    auto other = open();
    statement = other.prepare("SELECT 7").value();
  }
  ASSERT_TRUE(statement->step().value());
  EXPECT_EQ(statement->integer(0), 7);
}

}  // namespace
}  // namespace scaleset::store
