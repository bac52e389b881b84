#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/codec.hpp"
#include "config/daemon_config.hpp"
#include "config/key.hpp"

namespace scaleset::config {

template <class Table>
Table& make(Table& table) {
  return table;
}
template <class Table>
Table& make(std::optional<Table>& table) {
  return table.emplace();
}
template <class Table>
Table const* find(Table const& table) {
  return &table;
}
template <class Table>
Table const* find(std::optional<Table> const& table) {
  return table ? &*table : nullptr;
}

inline Value const* element(Value const* list, std::size_t index) {
  auto const* values = list ? std::get_if<Value::List>(&list->data) : nullptr;
  return values && index < values->size() ? &(*values)[index] : nullptr;
}

/// Builds the keys of a table: each says once where its value is kept, and what it means.
template <class Table>
class KeyList {
 public:
  explicit KeyList(Effect effect) : effect_(effect) {}

  /// The keys that follow have this effect.
  KeyList& effect(Effect effect) {
    effect_ = effect;
    return *this;
  }

  template <class T>
  KeyList& value(std::string name, T Table::* member, std::string meaning, Range range = {}) {
    KeyInfo info = named(std::move(name), TypeOf<T>::value, std::move(meaning));
    info.fallback = write_value(Table().*member);
    info.range = range;
    auto read = [info, member](Value const& value, Table& table, Reading& reading) {
      read_value(info, value, table.*member, reading);
    };
    auto write = [member](Table const& table) { return write_value(table.*member); };
    return add_leaf(std::move(info), std::move(read), std::move(write));
  }
  template <class T>
  KeyList& required(std::string name, T Table::* member, std::string meaning, Range range = {}) {
    value(std::move(name), member, std::move(meaning), range);
    keys_.back().info.required = true;
    return *this;
  }

  template <class T>
  KeyList& choice(std::string name, T Table::* member,
                  std::vector<std::pair<std::string, T>> choices, std::string meaning) {
    KeyInfo info = named(std::move(name), Type::choice, std::move(meaning));
    auto write = [member, choices](Table const& table) {
      for (auto const& [text, value] : choices)
        if (value == table.*member) return in_quotes(text);
      return std::string();
    };
    std::string wanted = choices.size() > 1 ? "one of" : "";
    for (auto const& [text, value] : choices) {
      info.choices.push_back(text);
      wanted += (info.choices.size() > 1 ? ", " : wanted.empty() ? "" : " ") + in_quotes(text);
    }
    info.fallback = write(Table());
    auto read = [member, choices, wanted, key = info.name](Value const& value, Table& table,
                                                           Reading& reading) {
      auto const* given = std::get_if<std::string>(&value.data);
      for (auto const& [text, meant] : choices)
        if (given && *given == text) return void(table.*member = meant);
      std::vector<std::string> names;
      for (auto const& [text, meant] : choices) names.push_back(text);
      // Of a text that is like none of them nothing is repeated: it may be a secret.
      report_kind(key, wanted, value, reading, given ? did_you_mean(*given, names) : "");
    };
    return add_leaf(std::move(info), std::move(read), std::move(write));
  }

  /// A table within this one. `Member` is a table or an optional one.
  template <class Sub, class Member>
  KeyList& table(std::string name, Member Table::* member, std::string meaning) {
    KeyInfo info = named(std::move(name), Type::table, std::move(meaning));
    info.keys = infos_of<Sub>();
    Key<Table> key{info, {}, {}};
    key.read = [member, key_name = info.name](Value const& value, Table& table, Reading& reading) {
      read_table<Sub>(key_name, value, make(table.*member), reading);
    };
    key.list = [member](Table const& table, Value const* node, std::string const& path,
                        std::vector<Item>& items) {
      if (Sub const* sub = find(table.*member)) list_table<Sub>(*sub, node, path, items);
    };
    return add(std::move(key));
  }

  template <class Sub>
  KeyList& named_tables(std::string name, std::map<std::string, Sub> Table::* member,
                        std::string meaning) {
    KeyInfo info = named(std::move(name), Type::named_tables, std::move(meaning));
    info.keys = infos_of<Sub>();
    Key<Table> key{info, {}, {}};
    key.read = [member, key_name = info.name](Value const& value, Table& table, Reading& reading) {
      auto const* entries = std::get_if<Value::Table>(&value.data);
      if (!entries)
        return report_kind(key_name, "a table of tables, such as [" + key_name + ".main]", value,
                           reading);
      std::vector<KeyInfo> const keys = infos_of<Sub>();
      if (std::ranges::any_of(*entries, [&keys](Entry const& entry) {
            return belongs_to_a_table_without_name(entry, keys);
          }))
        return report_nameless(key_name, value, reading);
      for (Entry const& entry : *entries)
        read_table<Sub>(key_name + "." + entry.key, entry.value, (table.*member)[entry.key],
                        reading);
    };
    key.list = [member](Table const& table, Value const* node, std::string const& path,
                        std::vector<Item>& items) {
      for (auto const& [its_name, sub] : table.*member)
        list_table<Sub>(sub, node ? node->find(its_name) : nullptr, path + "." + its_name, items);
    };
    return add(std::move(key));
  }

  /// `heading` is what stands above each table in the file.
  template <class Sub>
  KeyList& table_list(std::string name, std::vector<Sub> Table::* member, std::string meaning,
                      std::string heading) {
    KeyInfo info = named(std::move(name), Type::table_list, std::move(meaning));
    info.keys = infos_of<Sub>();
    Key<Table> key{info, {}, {}};
    key.read = [member, key_name = info.name, heading = std::move(heading)](
                   Value const& value, Table& table, Reading& reading) {
      auto const* values = std::get_if<Value::List>(&value.data);
      if (!values)
        return report_kind(key_name, "a list of tables, each below [[" + heading + "]]", value,
                           reading);
      for (Value const& one : *values)
        read_table<Sub>(key_name, one, (table.*member).emplace_back(), reading);
    };
    key.list = [member](Table const& table, Value const* node, std::string const& path,
                        std::vector<Item>& items) {
      std::size_t index = 0;
      for (Sub const& sub : table.*member) {
        list_table<Sub>(sub, element(node, index), path + "[" + std::to_string(index) + "]", items);
        ++index;
      }
    };
    return add(std::move(key));
  }

  template <class Sub>
  KeyList& name_or_table(std::string name, Use<Sub> Table::* member, std::string meaning) {
    KeyInfo info = named(std::move(name), Type::name_or_table, std::move(meaning));
    info.keys = infos_of<Sub>();
    Key<Table> key{info, {}, {}};
    key.read = [member, info](Value const& value, Table& table, Reading& reading) {
      Use<Sub>& use = table.*member;
      if (std::holds_alternative<std::string>(value.data))
        read_value(info, value, use.name, reading);
      else if (!std::holds_alternative<Value::Table>(value.data))
        report_kind(
            info.name,
            "the name of a [" + info.name + ".NAME] in quotation marks, or " + table_wanted<Sub>(),
            value, reading);
      else
        read_table<Sub>(info.name, value, use.own.emplace(), reading);
    };
    key.list = [member, effect = effect_](Table const& table, Value const* node,
                                          std::string const& path, std::vector<Item>& items) {
      Use<Sub> const& use = table.*member;
      if (use.own)
        list_table<Sub>(*use.own, node, path, items);
      else
        items.push_back({path, write_value(use.name), effect, node ? node->at : Position()});
    };
    return add(std::move(key));
  }

  /// Every other key, with a number each. The last of the keys.
  KeyList& numbers(std::string name, Numbers Table::* member, std::string meaning) {
    KeyInfo info = named(std::move(name), Type::number_table, std::move(meaning));
    info.rest = true;
    Key<Table> key{info, {}, {}};
    key.read = [member](Value const& value, Table& table, Reading& reading) {
      read_numbers("", value, table.*member, reading);
    };
    key.list = [member, effect = effect_](Table const& table, Value const* node,
                                          std::string const& path, std::vector<Item>& items) {
      for (auto const& [its_name, number] : table.*member) {
        Value const* value = node ? node->find(its_name) : nullptr;
        items.push_back(
            {path + "." + its_name, write_value(number), effect, value ? value->at : Position()});
      }
    };
    return add(std::move(key));
  }

  [[nodiscard]] std::vector<Key<Table>> take() { return std::move(keys_); }

 private:
  KeyInfo named(std::string name, Type type, std::string meaning) const {
    KeyInfo info;
    info.name = std::move(name);
    info.type = type;
    info.effect = effect_;
    info.meaning = std::move(meaning);
    return info;
  }
  template <class Read, class Write>
  KeyList& add_leaf(KeyInfo info, Read read, Write write) {
    Key<Table> key{std::move(info), std::move(read), {}};
    key.list = [write = std::move(write), effect = effect_](Table const& table, Value const* node,
                                                            std::string const& path,
                                                            std::vector<Item>& items) {
      items.push_back({path, write(table), effect, node ? node->at : Position()});
    };
    return add(std::move(key));
  }
  KeyList& add(Key<Table> key) {
    keys_.push_back(std::move(key));
    return *this;
  }

  Effect effect_;
  std::vector<Key<Table>> keys_;
};

}  // namespace scaleset::config
