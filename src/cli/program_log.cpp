#include "cli/program_log.hpp"

#include <deque>
#include <string>
#include <vector>

#include "base/log_writer.hpp"
#include "cli/flag_names.hpp"

namespace scaleset::cli {
namespace {

using Naming = std::string (*)(std::string_view text);

class NamingLog final : public LogSink {
 public:
  NamingLog(std::shared_ptr<LogSink> next, Naming naming)
      : next_(std::move(next)), naming_(naming) {}

  [[nodiscard]] bool enabled(LogLevel level) const override { return next_->enabled(level); }

  void write(LogRecord const& record) override {
    std::string const message = naming_(record.message);
    std::deque<std::string> texts;  // where a text keeps its place when another is added
    std::vector<LogField> fields(record.fields.begin(), record.fields.end());
    for (LogField& field : fields) {
      if (auto const* text = std::get_if<std::string_view>(&field.value))
        field.value = std::string_view(texts.emplace_back(naming_(*text)));
    }
    next_->write({record.level, record.component, message, fields});
  }

 private:
  std::shared_ptr<LogSink> next_;
  Naming naming_;
};

}  // namespace

std::shared_ptr<LogSink> with_flag_names(std::shared_ptr<LogSink> next) {
  Naming const naming = with_flag_names;
  return std::make_shared<NamingLog>(std::move(next), naming);
}

std::shared_ptr<LogSink> with_key_names(std::shared_ptr<LogSink> next) {
  Naming const naming = with_key_names;
  return std::make_shared<NamingLog>(std::move(next), naming);
}

std::shared_ptr<LogSink> make_program_log(LogLevel least, base::LogFormat format) {
  return with_flag_names(std::make_shared<base::LogWriter>(least, format));
}

}  // namespace scaleset::cli
