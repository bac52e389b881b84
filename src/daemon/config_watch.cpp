#include "daemon/config_watch.hpp"

#include <algorithm>
#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kLongestReading{30};
constexpr std::chrono::seconds kQuiet{2};
/// What is wrong may be mended in another place: a secret that is there again, a folder.
constexpr std::chrono::seconds kBetweenTries{30};
/// A file with a thousand mistakes needs no thousand lines.
constexpr std::size_t kMostProblems = 20;

std::optional<FileStamp> first(FileStamps const& stamps) {
  return stamps.empty() ? std::nullopt : stamps.front();
}

FileStamps without_first(FileStamps stamps) {
  if (!stamps.empty()) stamps.erase(stamps.begin());
  return stamps;
}

}  // namespace

bool QuietFile::note(std::optional<FileStamp> now, TimePoint at) {
  if (now != seen_) {
    seen_ = now;
    changed_at_ = at;
  }
  if (seen_ == read_ || at - changed_at_ < kQuiet) return false;
  read_ = seen_;
  return true;
}

ConfigWatch::ConfigWatch(std::filesystem::path file, ConfigFile current, ConfigWatchPorts ports)
    : file_(std::move(file)),
      current_(std::move(current)),
      ports_(std::move(ports)),
      log_(ports_.hooks.log, "daemon"),
      files_(watched_files(file_, current_.house)),
      config_(first(current_.seen)),
      secrets_(without_first(current_.seen)),
      look_(ports_.disk) {
  if (ports_.secrets) secret_problems_ = ports_.secrets->problems();
  note_problems();
}

void ConfigWatch::reload(std::string why, std::function<void(Reloaded const&)> done) {
  requests_.push_back({std::move(why), std::move(done)});
  requested_.notify_all();
}

asio::awaitable<void> ConfigWatch::run() {
  bool going_on = true;
  while (going_on) {
    if (requests_.empty()) {
      going_on = co_await requested_.wait_for(kBetweenLooks);
    }
    if (!going_on) co_return;
    if (requests_.empty()) {
      co_await look();
      continue;
    }
    Request const request = std::move(requests_.front());
    requests_.pop_front();
    log_.info("reading the configuration, secrets and certificates again", {{"why", request.why}});
    refused_for_.clear();
    auto const reloaded = co_await read_again(Missing::drain);
    co_await read_secrets_again();
    if (request.done) request.done(reloaded);
  }
}

asio::awaitable<void> ConfigWatch::look() {
  auto const seen = co_await look_.at(files_);
  note_look(seen);
  if (!seen || seen->size() != files_.size()) co_return;  // a disk that hangs is looked at again
  auto const changed_secrets = secrets_.note(without_first(*seen));
  for (std::size_t const i : changed_secrets) {
    std::string const path = files_[i + 1].string();
    log_.info("a file with a secret has changed; it is read again", {{"file", path}});
  }
  if (!changed_secrets.empty()) {
    co_await read_secrets_again();
  }
  auto const now = ports_.hooks.clock->now().steady;
  bool const changed = config_.note(first(*seen), now);
  bool const is_due = file_problem_ && now >= try_again_at_;
  if (!changed && !is_due) co_return;
  if (changed) {
    std::string const path = file_.string();
    log_.info("the configuration file has changed; it is read again", {{"file", path}});
    refused_for_.clear();
  }
  co_await read_again(Missing::stay);
}

/// What is found is told once.
void ConfigWatch::note_look(Result<FileStamps> const& seen) {
  std::vector<std::string> found;
  if (!seen && seen.error().code == ErrorCode::cancelled) return;
  if (!seen)
    found.emplace_back(
        "the disk of the configuration file, or of a file with a secret, does not answer; changes "
        "of these files are not seen, and what was read before stays in use");
  for (std::size_t i = 1; seen && i < seen->size() && i < files_.size(); ++i)
    if (!(*seen)[i])
      found.push_back(files_[i].string() +
                      " is not there any more; what was read from it before stays in use");
  if (found == look_problems_) return;
  look_problems_ = std::move(found);
  for (std::string const& problem : look_problems_) log_.error(problem);
  note_problems();
}

asio::awaitable<void> ConfigWatch::read_secrets_again() {
  auto certificates = certificate_files_of(current_.house);
  auto problems = co_await renew_secrets(ports_.disk, ports_.secrets, std::move(certificates),
                                         ports_.house, log_);
  if (!problems) co_return;
  secret_problems_ = *std::move(problems);
  note_problems();
}

asio::awaitable<Reloaded> ConfigWatch::read_again(Missing missing) {
  base::Background::Work<Found> work = [read = ports_.read, file = file_]() -> Result<Found> {
    Found found;
    found.before = first(look_at({file}));
    found.file = read();
    return found;
  };
  auto found = co_await ports_.disk->run_at_most<Found>(kLongestReading, std::move(work));
  if (!found)
    co_return refuse({file_.string() + ", or a file that it names, cannot be read: " +
                      found.error().message + " from its disk"});
  config_.is_read(found->before);
  if (!found->file) co_return refuse(std::move(found->file.error()));
  co_return use(*std::move(found->file), missing);
}

/// Nothing of it counts, also not what is right: half a configuration is nobody's wish.
Reloaded ConfigWatch::refuse(std::vector<std::string> problems) {
  Reloaded reloaded;
  try_again_at_ = ports_.hooks.clock->now().steady + kBetweenTries;
  if (problems != refused_for_) {
    std::string const count = std::to_string(problems.size());
    log_.error("the configuration file cannot be used; everything goes on as it was",
               {{"problems", count}});
    for (std::size_t i = 0; i < problems.size() && i < kMostProblems; ++i) log_.error(problems[i]);
    refused_for_ = problems;
  }
  file_problem_ = "the configuration file cannot be used, and everything goes on as it was: " +
                  (problems.empty() ? file_.string() : problems.front());
  if (problems.size() > 1)
    *file_problem_ += " (and " + std::to_string(problems.size() - 1) + " more)";
  note_problems();
  reloaded.lines = std::move(problems);
  return reloaded;
}

Reloaded ConfigWatch::use(ConfigFile next, Missing missing) {
  Reloaded reloaded;
  reloaded.used = true;
  reloaded.warnings = next.warnings;
  for (std::string const& warning : reloaded.warnings) log_.warn(warning);
  auto const changes = config::changes_between(current_.loaded, next.loaded);
  reloaded.lines.reserve(changes.size());
  for (config::Change const& change : changes) {
    reloaded.lines.push_back(to_string(change));
    log_.info("the configuration has changed", {{"change", reloaded.lines.back()}});
  }
  if (changes.empty()) log_.info("the configuration file says what it said before");
  // Files and the journal are there already.
  next.house.state_dir = current_.house.state_dir;
  auto const served = ports_.house->serve(next.house.sets, missing);
  tell(served, changes, reloaded);
  ports_.apply(next.house);
  current_ = std::move(next);
  files_ = watched_files(file_, current_.house);
  secrets_ = FileChanges(without_first(current_.seen));
  file_problem_.reset();
  if (ports_.secrets) secret_problems_ = ports_.secrets->problems();
  note_problems();
  return reloaded;
}

void ConfigWatch::note_problems() const {
  std::vector<std::string> problems;
  if (file_problem_) problems.push_back(*file_problem_);
  problems.insert(problems.end(), secret_problems_.begin(), secret_problems_.end());
  problems.insert(problems.end(), look_problems_.begin(), look_problems_.end());
  ports_.house->note_problems(std::move(problems));
}

void ConfigWatch::tell(Served const& served, std::vector<config::Change> const& changes,
                       Reloaded& reloaded) const {
  auto const is_new = [](config::Change const& change) {
    return change.effect.starts_with("is new");
  };
  auto const expected = static_cast<std::size_t>(std::ranges::count_if(changes, is_new));
  // The file had them before, and somebody has deleted them at the service.
  if (served.added.size() > expected)
    for (std::string const& name : served.added) {
      reloaded.lines.push_back("the scale set \"" + name +
                               "\" was not served: it is found or created, and served again");
      log_.warn("a scale set that was deleted is made again, since the configuration has it",
                {{"name", name}});
    }
  for (std::string const& name : served.kept)
    log_.warn(
        "a scale set is not in the configuration file any more; it is served nevertheless, until "
        "SIGHUP drains it",
        {{"name", name}});
}

}  // namespace scaleset::daemon
