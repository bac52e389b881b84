#include "daemon/run_config.hpp"

#include <utility>

#include "base/json_text.hpp"
#include "base/writable_folder.hpp"
#include "protocol/wire/name_problem.hpp"

namespace scaleset::daemon {
namespace {

constexpr std::int64_t kMostRunners = 10000;  // that a runner group can have (protocol.md 8)
constexpr std::size_t kShown = 40;            // of a label in a message

/// Collects what is wrong.
class Problems {
 public:
  void add_unless(bool good, std::string text) {
    if (!good) found_.emplace_back(ErrorCode::invalid_options, std::move(text));
  }
  template <class T>
  void add(Result<T> const& checked) {
    if (!checked) found_.push_back(checked.error());
  }
  std::vector<Error> take() { return std::exchange(found_, {}); }

 private:
  std::vector<Error> found_;
};

void check_limits(RunConfig const& config, Problems& problems) {
  problems.add_unless(
      config.min_runners >= 0,
      "--min-runners is " + std::to_string(config.min_runners) + "; it must be 0 or more");
  bool const max_is_good = config.max_runners >= 0 && config.max_runners <= kMostRunners;
  problems.add_unless(max_is_good, "--max-runners is " + std::to_string(config.max_runners) +
                                       "; it must be from 0 to " + std::to_string(kMostRunners));
  problems.add_unless(!max_is_good || config.min_runners <= config.max_runners,
                      "--min-runners (" + std::to_string(config.min_runners) +
                          ") is greater than --max-runners (" + std::to_string(config.max_runners) +
                          "); lower the first or raise the second");
  problems.add_unless(config.minimum_idle_age >= std::chrono::milliseconds(0),
                      "--min-idle-age must be 0 or more seconds");
}

void check_name(std::string const& flag, std::string const& name, Problems& problems) {
  std::string const problem = protocol::name_problem(name);
  problems.add_unless(problem.empty(), flag + " " + problem);
}

void check_scale_set(RunConfig const& config, Problems& problems) {
  problems.add_unless(!config.name.empty(), "--name is missing; give the name of the scale set");
  check_name("--name", config.name, problems);
  check_name("--runner-group", config.group, problems);
  for (std::string const& label : config.labels)
    check_name("the label \"" + base::valid_utf8(label.substr(0, kShown)) + "\" of --labels", label,
               problems);
}

/// Looks only: it is made when everything else is known to be right.
void check_work_dir(std::filesystem::path const& work_dir, Problems& problems) {
  std::string const problem = base::unwritable(work_dir);
  problems.add_unless(problem.empty(), "--work-dir is " + work_dir.string() + ", and " + problem +
                                           "; give a folder that this user may write to");
}

void check_backend(RunConfig const& config, Problems& problems) {
  bool const known = config.backend == "process";
  problems.add_unless(known,
                      "there is no backend \"" + config.backend + "\"; use --backend process");
  problems.add_unless(
      !config.runner_dir.empty(),
      "--runner-dir is missing; give a folder with an unpacked actions/runner release");
  if (!known || config.runner_dir.empty()) return;
  auto const settings = settings_of(config);
  // An owner needs a good URL. Without one it is told of by itself, and any owner will do here.
  auto const owner = owner_of(settings).value_or(base::OwnerKey());
  problems.add(backends::validate(process_options(settings, owner, {}), *settings.what));
}

}  // namespace

SetSettings settings_of(RunConfig const& config) {
  SetSettings settings;
  settings.url = config.url;
  settings.name = config.name;
  settings.group = config.group;
  settings.group_id = config.group_id;
  settings.labels = config.labels;
  settings.adopt = config.adopt;
  settings.fleet.min_idle = static_cast<int>(config.min_runners);
  settings.fleet.max_runners = static_cast<int>(config.max_runners);
  settings.fleet.minimum_idle_age = config.minimum_idle_age;
  backends::Template what;
  what.source = config.runner_dir.string();
  what.pass_environment = config.pass_environment;
  settings.what = std::make_shared<backends::Template const>(std::move(what));
  settings.work_dir = config.work_dir;
  Access access;
  access.credentials = config.credentials;
  access.transport = config.transport;
  access.files = config.secret_files;
  settings.access = std::make_shared<Access const>(std::move(access));
  settings.end_if_refused_at_first = true;
  return settings;
}

HouseConfig house_config_of(RunConfig const& config) {
  HouseConfig house;
  house.sets.push_back(settings_of(config));
  house.on_stop = config.on_stop;
  house.drain_timeout = config.drain_timeout;
  return house;
}

std::vector<Error> problems_of(RunConfig const& config) {
  Problems problems;
  check_scale_set(config, problems);
  check_limits(config, problems);
  check_backend(config, problems);
  if (!config.work_dir.empty()) check_work_dir(config.work_dir, problems);
  return problems.take();
}

}  // namespace scaleset::daemon
