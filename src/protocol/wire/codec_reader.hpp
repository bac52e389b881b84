#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

/// Boost.JSON made as lenient as Go's encoding/json (protocol.md 4.3). For codec*.cpp only.
namespace scaleset::protocol {

/// The first JSON value of a text, which may start with a byte order mark and end with anything.
/// The value may be at most 64 levels deep.
[[nodiscard]] Result<boost::json::value> parse_first_value(std::string_view text);
/// The same, but nothing except white space may follow.
[[nodiscard]] Result<boost::json::value> parse_whole(std::string_view text);

/// Reads the fields of one object. A missing or null field reads as zero or empty. So does a field
/// of another type than asked for, and the first of these is the object's problem(). The object
/// must outlive the reader and what it returns.
class ObjectReader {
 public:
  explicit ObjectReader(boost::json::object const& object) : object_(object) {}

  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::int64_t integer(std::string_view key);
  /// A number that must be there and be above 0: whatever has no id cannot be acted upon.
  [[nodiscard]] std::int64_t id(std::string_view key);
  [[nodiscard]] bool flag(std::string_view key);
  /// For fields that nobody depends on: a value of another type reads as empty and is not a
  /// problem.
  [[nodiscard]] std::string text_if_any(std::string_view key) const;
  [[nodiscard]] std::optional<bool> flag_if_any(std::string_view key) const;
  /// Text that is not a time reads as no value and is not a problem.
  [[nodiscard]] std::optional<Timestamp> time(std::string_view key);
  /// The same, but text that is not a time is a problem.
  [[nodiscard]] std::optional<Timestamp> exact_time(std::string_view key);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  [[nodiscard]] boost::json::object const* object(std::string_view key);
  [[nodiscard]] boost::json::array const* array(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }

  /// Empty: there is none.
  [[nodiscard]] std::string const& problem() const noexcept { return problem_; }
  [[nodiscard]] Result<void> check() const;

 private:
  /// The value of the exact key, else of the key in any case. Null: missing, or JSON's null.
  [[nodiscard]] boost::json::value const* find(std::string_view key) const;
  void complain(std::string_view key, std::string_view expected);

  boost::json::object const& object_;
  std::string problem_;
};

[[nodiscard]] std::optional<Statistics> read_statistics(ObjectReader& reader);
[[nodiscard]] JobAvailable read_job_available(ObjectReader& reader);

}  // namespace scaleset::protocol
