#include "backends/process/runner_programs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "backends/runner_environment.hpp"

namespace scaleset::backends {
namespace {

std::vector<pid_t> ancestors_of(pid_t parent) {
  constexpr std::size_t kMost = 64;  // numbers are used again: a chain that changes might not end
  std::vector<pid_t> ancestors;
  while (parent > 1 && ancestors.size() < kMost) {
    ancestors.push_back(parent);
    parent = stat_of(parent).value_or(ProcessStat()).parent;
  }
  return ancestors;
}

/// No value if the process has ended meanwhile.
std::optional<RunnerProgram> describe(pid_t pid, ProgramKind kind, std::string path) {
  std::optional<ProcessStat> const stat = stat_of(pid);
  if (!stat || stat->ended) return std::nullopt;
  RunnerProgram program;
  program.kind = kind;
  program.path = std::move(path);
  program.process = identity_of(pid, *stat);
  program.stat = *stat;
  std::optional<std::string> const environment = read_process_file(pid, "environ");
  if (environment) program.folder = variable_in(*environment, kInstanceVariable).value_or("");
  bool const marked = program.folder && !program.folder->empty();
  if (!marked && kind == ProgramKind::worker) program.ancestors = ancestors_of(stat->parent);
  return program;
}

}  // namespace

void ProcessView::add(RunnerProgram program) {
  bool const marked = program.folder && !program.folder->empty();
  if (marked) {
    marked_[*program.folder].push_back(std::move(program));
  } else if (program.kind == ProgramKind::worker) {
    unmarked_.push_back(std::move(program));
  }
}

void ProcessView::settle() { std::ranges::sort(seen_); }

Activity ProcessView::activity(std::string const& folder, pid_t listener) const {
  auto const is_worker = [](RunnerProgram const& program) {
    return program.kind == ProgramKind::worker;
  };
  auto const descends = [&](RunnerProgram const& program) {
    return std::ranges::find(program.ancestors, listener) != program.ancestors.end();
  };
  // A worker whose environment is closed to us, and whose parent has ended.
  auto const may_be = [&](RunnerProgram const& program) {
    return !program.folder && program.path == folder + "/bin/Runner.Worker";
  };
  auto const found = marked_.find(folder);
  if (found != marked_.end() && std::ranges::any_of(found->second, is_worker))
    return Activity::busy;
  if (std::ranges::any_of(unmarked_, descends)) return Activity::busy;
  bool const told =
      std::ranges::binary_search(seen_, listener) && std::ranges::none_of(unmarked_, may_be);
  return told ? Activity::idle : Activity::unknown;
}

std::optional<ProcessIdentity> ProcessView::listener(std::string const& folder) const {
  auto const found = marked_.find(folder);
  if (found == marked_.end()) return std::nullopt;
  RunnerProgram const* first = nullptr;
  for (RunnerProgram const& program : found->second) {
    bool const ours = program.kind == ProgramKind::listener &&
                      program.path == folder + "/bin/Runner.Listener" &&
                      program.stat.group == program.process.pid;
    if (!ours) continue;
    bool const earlier = first == nullptr || program.stat.start_ticks < first->stat.start_ticks;
    if (earlier) first = &program;
  }
  return first == nullptr ? std::nullopt : std::optional(first->process);
}

std::optional<pid_t> ProcessView::any_program(std::string const& folder) const {
  auto const found = marked_.find(folder);
  if (found == marked_.end()) return std::nullopt;
  return found->second.front().process.pid;
}

std::vector<std::string> ProcessView::folders() const {
  std::vector<std::string> all;
  all.reserve(marked_.size());
  for (auto const& [folder, programs] : marked_) all.push_back(folder);
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> ProcessView::folders_below(std::string const& root) const {
  std::vector<std::string> all = folders();
  std::erase_if(all, [&](std::string const& folder) {
    auto const slash = folder.rfind('/');
    bool const inside = slash != std::string::npos && slash + 1 < folder.size();
    return !inside || folder.substr(0, slash) != root;
  });
  return all;
}

ProcessView look_at_processes() {
  ProcessView view;
  for_each_process([&](pid_t pid) {
    constexpr std::size_t kBothArguments = 8192;  // two paths
    auto const command_line = read_process_file(pid, "cmdline", kBothArguments);
    if (!command_line || command_line->empty()) return;  // of the system, a zombie, or hidden
    view.saw(pid);
    auto program = program_of(*command_line, '\0');
    if (!program) return;
    auto described = describe(pid, program->first, std::move(program->second));
    if (described) view.add(std::move(*described));
  });
  view.settle();
  return view;
}

}  // namespace scaleset::backends
