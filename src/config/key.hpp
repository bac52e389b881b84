#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace scaleset::config {

/// What a reload does with a value that has changed.
enum class Effect : std::uint8_t {
  live,         // in force at once
  patch,        // the scale set is changed at the service
  new_runners,  // in force for new runners; idle ones are replaced one at a time
  restart,      // in force after a restart of the program
  other_set,    // it is another scale set then
};
/// A clause for people: "in force at once".
[[nodiscard]] std::string_view to_string(Effect effect) noexcept;

/// What a key takes.
enum class Type : std::uint8_t {
  boolean,
  integer,
  number,
  text,
  path,  // relative to the folder of the file
  duration,
  choice,         // one of KeyInfo::choices
  texts,          // a list
  text_table,     // any keys, each with a text
  number_table,   // any keys, each with a number or a size such as "8GiB"
  table,          // with KeyInfo::keys; so are the next four
  named_tables,   // [key.NAME]
  table_list,     // [[key]]
  name_or_table,  // the name of one of the named tables, or a table
};

/// The least and the most that a number or a time (in milliseconds) may be.
struct Range {
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
};

/// All that is known about a key.
struct KeyInfo {
  std::string name;
  Type type = Type::text;
  Effect effect = Effect::live;
  std::string meaning;   // for the reference and the editors
  std::string fallback;  // the default in TOML; empty if there is none
  Range range;
  std::vector<std::string> choices;
  std::vector<KeyInfo> keys;
  bool required = false;
  bool rest = false;  // stands for all keys that have no entry of their own
};

/// What the reading of a file has found so far.
struct Reading {
  std::filesystem::path folder;  // of the file
  std::vector<Problem> problems;
  std::vector<Position> unread;  // of unknown keys and of values that could not be read
};

/// A value of a configuration, as `scaleset config show` prints it.
struct Item {
  std::string path;  // "scale_set[0].max_runners"
  std::string text;  // in TOML; empty if the value is not set
  Effect effect = Effect::live;
  Position at;  // in the file; 0 if it is the default
};

/// One key of the table that is read into a `Table`.
template <class Table>
struct Key {
  KeyInfo info;
  std::function<void(Value const&, Table&, Reading&)> read;
  /// Adds the value, or all values of the table that it is. `node` is null if the file does not
  /// have the table.
  std::function<void(Table const&, Value const* node, std::string const& path, std::vector<Item>&)>
      list;
};

/// The keys of a table, in the order of the reference.
template <class Table>
[[nodiscard]] std::vector<Key<Table>> const& keys_of();

/// A text in the quotation marks of TOML.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// "; did you mean "main"?"; empty if none of the names is like it.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::vector<std::string> const& names);

/// Reports a key that is not known. Returns the known one that was probably meant, if there is one.
std::string report_unknown(Entry const& entry, std::vector<std::string> const& known,
                           Reading& reading);
/// Reports a value of the wrong kind: "max_runners" must be `wanted`. `advice` stands at the end.
void report_kind(std::string_view key, std::string_view wanted, Value const& value,
                 Reading& reading, std::string_view advice = {});

/// Whether an entry below [credential] was meant for [credential.NAME], whose keys these are.
[[nodiscard]] bool belongs_to_a_table_without_name(Entry const& entry,
                                                   std::vector<KeyInfo> const& keys);
/// Reports a heading without the name that it must have: [credential].
void report_nameless(std::string_view key, Value const& value, Reading& reading);

/// Reports a key that the table must have.
void report_missing(std::string_view table, std::string_view key, Value const& value,
                    Reading& reading);

/// "a table, such as { file = ... }"
template <class Table>
std::string table_wanted() {
  return "a table, such as { " + keys_of<Table>().front().info.name + " = ... }";
}

template <class Table>
void read_table(std::string_view name, Value const& value, Table& table, Reading& reading) {
  auto const* entries = std::get_if<Value::Table>(&value.data);
  if (!entries) return report_kind(name, table_wanted<Table>(), value, reading);
  std::vector<std::string> meant;  // of unknown keys
  for (Entry const& entry : *entries) {
    Key<Table> const* found = nullptr;
    std::vector<std::string> known;
    for (Key<Table> const& key : keys_of<Table>()) {
      if (key.info.rest ? !found : key.info.name == entry.key) found = &key;
      known.push_back(key.info.name);
    }
    if (!found)
      meant.push_back(report_unknown(entry, known, reading));
    else if (found->info.rest)
      found->read(Value{entry.at, Value::Table{entry}}, table, reading);
    else
      found->read(entry.value, table, reading);
  }
  for (Key<Table> const& key : keys_of<Table>())
    if (key.info.required && !value.find(key.info.name) &&
        std::ranges::find(meant, key.info.name) == meant.end())
      report_missing(name, key.info.name, value, reading);
}

template <class Table>
void list_table(Table const& table, Value const* node, std::string const& path,
                std::vector<Item>& items) {
  std::string const prefix = path.empty() ? "" : path + ".";
  for (Key<Table> const& key : keys_of<Table>()) {
    if (key.info.rest)
      key.list(table, node, path, items);
    else
      key.list(table, node ? node->find(key.info.name) : nullptr, prefix + key.info.name, items);
  }
}

template <class Table>
std::vector<KeyInfo> infos_of() {
  std::vector<KeyInfo> infos;
  for (Key<Table> const& key : keys_of<Table>()) infos.push_back(key.info);
  return infos;
}

}  // namespace scaleset::config
