#include "daemon/set_log.hpp"

#include <string>
#include <utility>
#include <vector>

#include "daemon/set_address.hpp"

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

std::shared_ptr<LogSink> log_of_set(std::shared_ptr<LogSink> log, base::OwnerKey const& owner) {
  if (!log) return log;
  return std::make_shared<SetLog>(std::move(log), label_of(owner));
}

}  // namespace scaleset::daemon
