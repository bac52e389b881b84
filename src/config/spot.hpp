#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problem.hpp"

namespace scaleset::config {

/// A table of the file, for problems with what stands in it.
class Spot {
 public:
  Spot(Value const* table, std::vector<Problem>& problems,
       std::vector<Position> const* unread = nullptr)
      : table_(table), problems_(&problems), unread_(unread) {}
  /// Reports a problem with the value of the key, or with the whole table if the key is empty; at
  /// the table's beginning if the key is not there. Not if that could not be read: the problem
  /// would only follow from it.
  void report(std::string_view key, std::string message) const {
    Value const* value = table_ && !key.empty() ? table_->find(key) : nullptr;
    bool const follows = value && unread_ ? was_not_read(*value) || was_not_read(table_->at)
                                          : key.empty() && is_unread();
    if (!follows) add(value, std::move(message));
  }
  /// The same for a problem that several keys of the table have with each other.
  void report_together(std::string_view key, std::string message) const {
    if (!is_unread()) add(table_ ? table_->find(key) : nullptr, std::move(message));
  }
  [[nodiscard]] Spot in(std::string_view key) const {
    Value const* value = table_ ? table_->find(key) : nullptr;
    return {value ? value : table_, *problems_, unread_};
  }
  [[nodiscard]] Spot in(std::string_view key, std::size_t index) const {
    Value const* list = table_ ? table_->find(key) : nullptr;
    auto const* values = list ? std::get_if<Value::List>(&list->data) : nullptr;
    return {values && index < values->size() ? &(*values)[index] : table_, *problems_, unread_};
  }
  /// Whether the file has the key in this table.
  [[nodiscard]] bool has(std::string_view key) const {
    return table_ != nullptr && table_->find(key) != nullptr;
  }
  /// Whether a key or value of this table could not be read, or the table itself.
  [[nodiscard]] bool is_unread() const {
    if (unread_ == nullptr || unread_->empty() || table_ == nullptr) return false;
    auto const* entries = std::get_if<Value::Table>(&table_->data);
    return was_not_read(table_->at) ||
           (entries != nullptr && std::ranges::any_of(*entries, [this](Entry const& entry) {
              return was_not_read(entry.at) || was_not_read(entry.value);
            }));
  }
  /// The same place, for problems that are collected elsewhere.
  [[nodiscard]] Spot into(std::vector<Problem>& problems) const {
    return {table_, problems, unread_};
  }

 private:
  void add(Value const* value, std::string message) const {
    if (!value) value = table_;
    problems_->push_back({value ? value->at : Position(), std::move(message)});
  }
  [[nodiscard]] bool was_not_read(Position at) const {
    return std::ranges::find(*unread_, at) != unread_->end();
  }
  /// A value, or one of a list.
  [[nodiscard]] bool was_not_read(Value const& value) const {
    auto const* list = std::get_if<Value::List>(&value.data);
    return was_not_read(value.at) ||
           (list != nullptr &&
            std::ranges::any_of(*list, [this](Value const& one) { return was_not_read(one.at); }));
  }

  Value const* table_;
  std::vector<Problem>* problems_;
  std::vector<Position> const* unread_;  // null: everything was read
};

}  // namespace scaleset::config
