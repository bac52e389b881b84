#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/daemon_config.hpp"
#include "config/key.hpp"

/// How values of each type are read and written.
namespace scaleset::config {

// Each reports a value that it cannot take, and leaves the target as it is.
void read_value(KeyInfo const& key, Value const& value, bool& into, Reading& reading);
void read_value(KeyInfo const& key, Value const& value, std::int64_t& into, Reading& reading);
void read_value(KeyInfo const& key, Value const& value, double& into, Reading& reading);
void read_value(KeyInfo const& key, Value const& value, std::string& into, Reading& reading);
void read_value(KeyInfo const& key, Value const& value, std::filesystem::path& into,
                Reading& reading);
void read_value(KeyInfo const& key, Value const& value, Duration& into, Reading& reading);
void read_value(KeyInfo const& key, Value const& value, std::vector<std::string>& into,
                Reading& reading);
void read_value(KeyInfo const& key, Value const& value, std::map<std::string, std::string>& into,
                Reading& reading);
void read_value(KeyInfo const& key, Value const& value, Numbers& into, Reading& reading);
/// Adds the numbers of a table to those that are there.
void read_numbers(std::string_view key, Value const& table, Numbers& into, Reading& reading);
template <class T>
void read_value(KeyInfo const& key, Value const& value, std::optional<T>& into, Reading& reading) {
  read_value(key, value, into.emplace(), reading);
}

// In TOML. Empty for a value that is not set.
std::string write_value(bool value);
std::string write_value(std::int64_t value);
std::string write_value(double value);
std::string write_value(std::string const& value);
std::string write_value(std::filesystem::path const& value);
std::string write_value(Duration value);
std::string write_value(std::vector<std::string> const& value);
std::string write_value(std::map<std::string, std::string> const& value);
std::string write_value(Numbers const& value);
template <class T>
std::string write_value(std::optional<T> const& value) {
  return value ? write_value(*value) : "";
}

template <class T>
struct TypeOf;
template <Type type>
using TypeConstant = std::integral_constant<Type, type>;
template <>
struct TypeOf<bool> : TypeConstant<Type::boolean> {};
template <>
struct TypeOf<std::int64_t> : TypeConstant<Type::integer> {};
template <>
struct TypeOf<double> : TypeConstant<Type::number> {};
template <>
struct TypeOf<std::string> : TypeConstant<Type::text> {};
template <>
struct TypeOf<std::filesystem::path> : TypeConstant<Type::path> {};
template <>
struct TypeOf<Duration> : TypeConstant<Type::duration> {};
template <>
struct TypeOf<std::vector<std::string>> : TypeConstant<Type::texts> {};
template <>
struct TypeOf<std::map<std::string, std::string>> : TypeConstant<Type::text_table> {};
template <>
struct TypeOf<Numbers> : TypeConstant<Type::number_table> {};
template <class T>
struct TypeOf<std::optional<T>> : TypeOf<T> {};

}  // namespace scaleset::config
