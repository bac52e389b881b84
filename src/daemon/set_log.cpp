#include "daemon/set_log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace scaleset::daemon {
namespace {

class SetLog final : public LogSink {
 public:
  SetLog(std::shared_ptr<LogSink> log, std::string label)
      : log_(std::move(log)), label_(std::move(label)) {}

  [[nodiscard]] bool enabled(LogLevel level) const override { return log_->enabled(level); }
  void write(LogRecord const& record) override {
    std::vector<LogField> fields;
    fields.reserve(record.fields.size() + 1);
    fields.insert(fields.end(), record.fields.begin(), record.fields.end());
    fields.push_back({"set", std::string_view(label_)});
    log_->write({record.level, record.component, record.message, fields});
  }

 private:
  std::shared_ptr<LogSink> log_;
  std::string label_;
};

}  // namespace

std::string label_of(base::OwnerKey const& owner) {
  auto const host = owner.url.find("://");
  auto const path = host == std::string::npos ? host : owner.url.find('/', host + 3);
  std::string label = path == std::string::npos ? owner.url : owner.url.substr(path + 1);
  // One that was given by its id begins with a space.
  if (owner.group != "default")
    label +=
        "/" + owner.group.substr(std::min(owner.group.find_first_not_of(' '), owner.group.size()));
  return label + "/" + owner.name;
}

std::shared_ptr<LogSink> log_of_set(std::shared_ptr<LogSink> log, base::OwnerKey const& owner) {
  if (!log) return log;
  return std::make_shared<SetLog>(std::move(log), label_of(owner));
}

}  // namespace scaleset::daemon
