#include "backends/process/instance_record.hpp"

#include <fcntl.h>

#include <algorithm>

#include "backends/process/runner_folder.hpp"
#include "base/files.hpp"
#include "base/regular_file.hpp"
#include "base/resource_limit.hpp"
#include "base/unique_fd.hpp"
#include "base/url.hpp"
#include "base/whole_number.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kExtension = ".instance";
constexpr std::string_view kMagic = "scaleset-instance";
constexpr int kVersion = 2;  // the first version had no such line
constexpr std::string_view kNone = "none";
constexpr std::size_t kMaxSize = 64U << 10U;

std::string line(std::string_view key, std::string_view value) {
  return std::string(key) + " " + base::encode_path_segment(value) + "\n";
}

template <class Tag>
std::string id_line(std::string_view key, std::optional<Id<Tag>> id) {
  return line(key, id ? std::to_string(id->value) : std::string(kNone));
}

std::string first_line() { return std::string(kMagic) + " " + std::to_string(kVersion) + "\n"; }

std::string process_line(std::optional<ProcessIdentity> const& process) {
  if (!process) return "process none\n";
  return "process " + std::to_string(process->pid) + " " + process->birth + "\n";
}

/// Takes lines off the front of a text. Once one is not as expected, it stays invalid.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  /// What follows "KEY " on the next line.
  std::string_view raw(std::string_view key) {
    std::string const start = std::string(key) + " ";
    std::size_t const end = text_.find('\n');
    std::string_view const whole = text_.substr(0, end);
    bool const ends = end != std::string_view::npos;
    cut_off_ =
        cut_off_ || (valid_ && !ends && (whole.starts_with(start) || start.starts_with(whole)));
    valid_ = valid_ && ends && whole.starts_with(start);
    if (!valid_) return {};
    text_.remove_prefix(end + 1);
    return whole.substr(key.size() + 1);
  }

  std::string value(std::string_view key) {
    auto const decoded = base::percent_decode(raw(key), false);
    valid_ = valid_ && decoded;
    return decoded.value_or("");
  }

  template <class Number>
  std::optional<Number> id(std::string_view key) {
    std::string const text = value(key);
    if (text == kNone) return std::nullopt;
    auto const number = base::whole_number<std::int64_t>(text);
    valid_ = valid_ && number;
    if (!valid_) return std::nullopt;
    return Number{*number};
  }

  std::optional<ProcessIdentity> process() {
    std::string_view const text = raw("process");
    if (text == kNone) return std::nullopt;
    std::size_t const space = std::min(text.find(' '), text.size());
    auto const pid = base::whole_number<pid_t>(text.substr(0, space));
    std::string_view const birth = text.substr(std::min(space + 1, text.size()));
    valid_ = valid_ && pid && *pid > 0 && !birth.empty() && !birth.contains(' ');
    if (!valid_) return std::nullopt;
    return ProcessIdentity(*pid, std::string(birth));
  }

  /// Whether everything was as expected so far.
  [[nodiscard]] bool valid() const noexcept { return valid_; }
  /// Whether the text ended before it was complete, and everything was as expected up to there.
  [[nodiscard]] bool cut_off() const noexcept { return cut_off_; }
  /// Whether everything was as expected, and nothing is left.
  [[nodiscard]] bool complete() const { return valid_ && text_.empty(); }

 private:
  std::string_view text_;
  bool valid_ = true;
  bool cut_off_ = false;
};

std::unexpected<Error> damaged() { return fail(ErrorCode::backend, "its record is damaged"); }

/// The version that the first line names; no value if that is another line.
std::optional<int> version_of(std::string_view text) {
  if (!text.starts_with(kMagic) || !text.contains('\n')) return std::nullopt;
  text = text.substr(0, text.find('\n')).substr(kMagic.size());
  return text.starts_with(' ') ? base::whole_number<int>(text.substr(1)) : std::nullopt;
}

Result<InstanceRecord> read_record(fs::path const& path, base::OwnerKey const& owner) {
  Result<std::string> const text = base::read_regular_file(path, kMaxSize);
  if (!text) return std::unexpected(text.error());
  Result<InstanceRecord> record = parse_record(*text);
  if (record && record->owner.url.empty()) record->owner = owner;
  return record;
}

}  // namespace

InstancePaths::InstancePaths(fs::path const& work_root, std::string const& runner_name)
    : folder(work_root / runner_name),
      record(control_folder(work_root) / (runner_name + std::string(kExtension))),
      output(control_folder(work_root) / (runner_name + ".output")) {}

fs::path control_folder(fs::path const& work_root) { return work_root / ".scaleset"; }

Result<void> write_record(InstancePaths const& paths, InstanceRecord const& record) {
  // Not synced: no runner outlives the machine, and what it leaves is found by an empty record too.
  return base::replace_file(paths.record, format_record(record));
}

Result<void> record_process(InstancePaths const& paths, InstanceRecord const& record) {
  // A file that is replaced costs an inode more for each start, and ext4 is slow to find a free one
  // after many were deleted. The text differs at its end only and grows, and one write of less than
  // a page is not interrupted when this process is killed.
  base::UniqueFd const file(::open(paths.record.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.valid() && base::write_all(file.get(), format_record(record))) return {};
  return write_record(paths, record);
}

Result<std::vector<FoundRecord>> read_records(fs::path const& work_root,
                                              base::OwnerKey const& owner) {
  std::vector<FoundRecord> records;
  std::error_code error;
  fs::directory_iterator entries(control_folder(work_root), error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    fs::path const path = entries->path();
    std::string const name = path.stem().string();
    if (path.extension() != kExtension || !is_folder_name(name)) continue;
    records.emplace_back(name, read_record(path, owner));
  }
  if (error)
    return fail(ErrorCode::backend, "cannot read " + control_folder(work_root).string() + ": " +
                                        base::system_error_text(error));
  std::ranges::sort(records, {}, &FoundRecord::runner_name);
  return records;
}

std::string format_record(InstanceRecord const& record) {
  // The process last: a text that was cut off anywhere has no complete line of that kind at its
  // end.
  return first_line() + line("url", record.owner.url) + line("group", record.owner.group) +
         line("name", record.owner.name) + id_line("runner", record.runner) +
         id_line("scale-set", record.scale_set) + process_line(record.process);
}

Result<InstanceRecord> parse_record(std::string_view text) {
  if (first_line().starts_with(text)) return InstanceRecord();
  std::optional<int> const version = version_of(text);
  if (version && *version > kVersion) {
    return fail(ErrorCode::backend, "its record was written by a newer scaleset (format " +
                                        std::to_string(*version) + ")");
  }
  InstanceRecord record;
  Lines lines(text);
  if (version) {
    lines.raw(kMagic);
    base::OwnerKey owner;
    owner.url = lines.value("url");
    owner.group = lines.value("group");
    owner.name = lines.value("name");
    if (lines.valid()) record.owner = std::move(owner);
    record.runner = lines.id<RunnerId>("runner");
    record.scale_set = lines.id<ScaleSetId>("scale-set");
  }
  record.process = lines.process();
  if (lines.cut_off() && (!version || *version == kVersion)) return record;
  bool const known = !version || (*version == kVersion && !record.owner.url.empty());
  if (!known || !lines.complete()) return damaged();
  return record;
}

}  // namespace scaleset::backends
