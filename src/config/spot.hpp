#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problem.hpp"

namespace scaleset::config {

/// A table of the file, for problems with what stands in it.
class Spot {
 public:
  Spot(Value const* table, std::vector<Problem>& problems) : table_(table), problems_(&problems) {}
  /// Reports a problem with the key; at the table's beginning if the key is not there.
  void report(std::string_view key, std::string message) const {
    Value const* value = table_ ? table_->find(key) : nullptr;
    if (!value) value = table_;
    problems_->push_back({value ? value->at : Position(), std::move(message)});
  }
  [[nodiscard]] Spot in(std::string_view key) const {
    Value const* value = table_ ? table_->find(key) : nullptr;
    return {value ? value : table_, *problems_};
  }
  [[nodiscard]] Spot in(std::string_view key, std::size_t index) const {
    Value const* list = table_ ? table_->find(key) : nullptr;
    auto const* values = list ? std::get_if<Value::List>(&list->data) : nullptr;
    return {values && index < values->size() ? &(*values)[index] : table_, *problems_};
  }
  /// Whether the file has the key in this table.
  [[nodiscard]] bool has(std::string_view key) const {
    return table_ != nullptr && table_->find(key) != nullptr;
  }
  /// The same place, for problems that are collected elsewhere.
  [[nodiscard]] Spot into(std::vector<Problem>& problems) const { return {table_, problems}; }

 private:
  Value const* table_;
  std::vector<Problem>* problems_;
};

}  // namespace scaleset::config
