#include "cli/program_log.hpp"

#include <deque>
#include <string>
#include <vector>

#include "base/log_writer.hpp"
#include "cli/flag_names.hpp"

namespace scaleset::cli {
namespace {

class FlagNamingLog final : public LogSink {
 public:
  explicit FlagNamingLog(std::shared_ptr<LogSink> next) : next_(std::move(next)) {}

  [[nodiscard]] bool enabled(LogLevel level) const override { return next_->enabled(level); }

  void write(LogRecord const& record) override {
    std::string const message = with_flag_names(record.message);
    std::deque<std::string> texts;  // where a text keeps its place when another is added
    std::vector<LogField> fields(record.fields.begin(), record.fields.end());
    for (LogField& field : fields) {
      if (auto const* text = std::get_if<std::string_view>(&field.value))
        field.value = std::string_view(texts.emplace_back(with_flag_names(*text)));
    }
    next_->write({record.level, record.component, message, fields});
  }

 private:
  std::shared_ptr<LogSink> next_;
};

}  // namespace

std::shared_ptr<LogSink> with_flag_names(std::shared_ptr<LogSink> next) {
  return std::make_shared<FlagNamingLog>(std::move(next));
}

std::shared_ptr<LogSink> make_program_log(LogLevel least, base::LogFormat format) {
  return with_flag_names(std::make_shared<base::LogWriter>(least, format));
}

}  // namespace scaleset::cli
