#include "backends/process/instance_record.hpp"

#include <algorithm>
#include <charconv>

#include "backends/process/runner_folder.hpp"
#include "base/files.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kExtension = ".instance";
constexpr std::string_view kNone = "process none\n";
constexpr std::string_view kSome = "process ";

}  // namespace

Result<void> write_record(InstancePaths const& paths,
                          std::optional<ProcessIdentity> const& process) {
  return base::write_file_atomically(paths.record, format_record(process));
}

Result<std::vector<InstanceRecord>> read_records(fs::path const& work_root) {
  std::vector<InstanceRecord> records;
  std::error_code error;
  fs::directory_iterator entries(control_folder(work_root), error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    fs::path const path = entries->path();
    InstanceRecord record;
    record.runner_name = path.stem().string();
    if (path.extension() != kExtension || !is_folder_name(record.runner_name)) continue;
    Result<std::string> const text = base::read_file(path, 4096);
    // A record that cannot be read stands for an instance without a process: it is cleared away.
    if (text) record.process = parse_record(*text);
    records.push_back(std::move(record));
  }
  if (error)
    return fail(ErrorCode::backend,
                "cannot read " + control_folder(work_root).string() + ": " + error.message());
  std::ranges::sort(records, {}, &InstanceRecord::runner_name);
  return records;
}

InstancePaths::InstancePaths(fs::path const& work_root, std::string const& runner_name)
    : folder(work_root / runner_name),
      record(control_folder(work_root) / (runner_name + std::string(kExtension))),
      output(control_folder(work_root) / (runner_name + ".output")) {}

fs::path control_folder(fs::path const& work_root) { return work_root / ".scaleset"; }

std::string format_record(std::optional<ProcessIdentity> const& process) {
  if (!process) return std::string(kNone);
  return std::string(kSome) + std::to_string(process->pid) + " " + process->birth + "\n";
}

std::optional<ProcessIdentity> parse_record(std::string_view text) {
  // The end of the line shows that the record is whole.
  if (!text.starts_with(kSome) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(kSome.size());
  text.remove_suffix(1);
  pid_t pid = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  bool const valid = error == std::errc() && pid > 0 && text.size() > 1 && text.front() == ' ';
  if (!valid) return std::nullopt;
  return ProcessIdentity(pid, std::string(text.substr(1)));
}

}  // namespace scaleset::backends
