#include "daemon/config_file.hpp"

#include <set>
#include <utility>

#include "backends/process/process_backend.hpp"
#include "base/guard.hpp"
#include "client/environment_proxy.hpp"
#include "config/check.hpp"
#include "http/transport_settings.hpp"

namespace scaleset::daemon {
namespace {

/// What the backends find wrong with what runners are made of: each template once.
std::vector<std::string> problems_of_templates(HouseConfig const& house, std::string const& file) {
  std::vector<std::string> problems;
  std::set<backends::Template const*> seen;
  for (SetSettings const& set : house.sets) {
    auto const owner = owner_of(set);
    if (!owner || !seen.insert(set.what.get()).second) continue;
    std::error_code unknown;
    // That it is no folder is told already, with its place in the file.
    if (!std::filesystem::is_directory(set.what->source, unknown)) continue;
    auto const checked = backends::validate(process_options(set, *owner, {}), *set.what);
    if (!checked)
      problems.push_back(file + ": the template of the scale set \"" + set.name +
                         "\": " + checked.error().message);
  }
  return problems;
}

/// What its client would be refused for: the proxy, which may be the environment's, and the
/// certificates.
Result<void> check_transport(SetSettings const& set) {
  TransportOptions transport = set.access->transport;
  if (!transport.proxy) {
    auto environment = client::environment_proxy(set.url);
    if (!environment) return std::unexpected(environment.error());
    transport.proxy = std::move(environment->proxy);
  }
  return http::check_transport_options(transport);
}

/// What is wrong with the way to the service: each credential once.
std::vector<std::string> problems_of_transports(HouseConfig const& house, std::string const& file) {
  std::vector<std::string> problems;
  std::set<Access const*> seen;
  for (SetSettings const& set : house.sets) {
    if (!seen.insert(set.access.get()).second) continue;
    auto const checked = check_transport(set);
    if (!checked)
      problems.push_back(file + ": the credential of the scale set \"" + set.name +
                         "\": " + checked.error().message);
  }
  return problems;
}

std::expected<ConfigFile, std::vector<std::string>> read(std::filesystem::path const& file,
                                                         Surroundings const& around) {
  std::string const name = file.string();
  std::vector<std::string> problems;
  auto const tell = [&name](std::vector<config::Problem> const& found,
                            std::vector<std::string>& lines) {
    for (config::Problem const& problem : found) lines.push_back(to_string(problem, name));
  };
  auto const before = look_at({file});
  auto loaded = config::load_file(file);
  if (!loaded) {
    tell(loaded.error(), problems);
    return std::unexpected(std::move(problems));
  }
  ConfigFile read;
  auto const found = config::problems_of_files(*loaded, around.environment);
  tell(found.errors, problems);
  tell(config::warnings_of(*loaded), read.warnings);
  tell(found.warnings, read.warnings);
  read.house = house_config_of(loaded->config, around);
  read.loaded = *std::move(loaded);
  read.seen = look_at(watched_files(file, read.house));
  read.seen.front() = before.front();
  // A certificate or a password that is not there would be told twice.
  bool const has_files = problems.empty();
  for (std::string& problem : problems_of_templates(read.house, name))
    problems.push_back(std::move(problem));
  if (has_files)
    for (std::string& problem : problems_of_transports(read.house, name))
      problems.push_back(std::move(problem));
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return read;
}

}  // namespace

std::vector<std::filesystem::path> watched_files(std::filesystem::path const& file,
                                                 HouseConfig const& house) {
  auto files = secret_files_of(house);
  files.insert(files.begin(), file);
  return files;
}

std::expected<ConfigFile, std::vector<std::string>> read_config_file(
    std::filesystem::path const& file, Surroundings const& around) {
  try {
    return read(file, around);
  } catch (...) {
    return std::unexpected(
        std::vector<std::string>{base::error_of_exception(ErrorCode::io, file.string()).message});
  }
}

}  // namespace scaleset::daemon
