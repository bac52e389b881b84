#include "daemon/enrolment.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace scaleset::daemon {
namespace {

ScaleSet wanted_scale_set(SetSettings const& wanted, RunnerGroupId group) {
  ScaleSet scale_set;
  scale_set.name = wanted.name;
  scale_set.group = group;
  for (auto const& label : wanted.labels) scale_set.labels.emplace_back(label);
  scale_set.disable_update = true;
  return scale_set;
}

std::vector<std::string> lower_and_sorted(std::vector<std::string> labels) {
  for (std::string& label : labels) label = base::ascii_lower(label);
  std::ranges::sort(labels);
  auto const repeated = std::ranges::unique(labels);
  labels.erase(repeated.begin(), repeated.end());
  return labels;
}

std::vector<std::string> names_of(std::vector<Label> const& labels) {
  std::vector<std::string> names;
  names.reserve(labels.size());
  for (Label const& label : labels) names.push_back(label.name);
  return names;
}

std::string joined(std::vector<std::string> const& names) {
  std::string text;
  for (std::string const& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

std::string described(ScaleSet const& set) {
  return "scale set \"" + set.name + "\" (id " + std::to_string(set.id.value) + ")";
}

Task<RunnerGroupId> find_group(async::Client* client, SetSettings const* wanted) {
  if (wanted->group_id.value > 0) co_return wanted->group_id;
  if (base::ascii_lower(wanted->group) == "default") co_return kDefaultRunnerGroup;
  auto group = co_await client->find_runner_group(wanted->group);
  if (!group) co_return std::unexpected(group.error());
  if (!*group) {
    bool const digits = wanted->group.find_first_not_of("0123456789") == std::string::npos;
    std::string const hint = digits ? "; if that is its id, give --runner-group-id" : "";
    co_return fail(ErrorCode::not_found, "there is no runner group \"" + wanted->group + "\"" +
                                             hint +
                                             "; `scaleset group list` shows those that there are "
                                             "(repositories have only \"Default\")");
  }
  co_return (*group)->id;
}

/// Whoever named the wrong group would otherwise wait for jobs that another scale set gets.
Task<void> warn_of_namesakes(async::Client* client, ScaleSet created, base::Logger log) {
  auto const all = co_await client->list_scale_sets();
  if (!all) co_return Result<void>();  // it is only a hint
  for (ScaleSet const& other : *all) {
    bool const namesake = base::ascii_lower(other.name) == base::ascii_lower(created.name);
    if (!namesake || other.id == created.id) continue;
    log.warn(
        "a scale set of this name exists in another runner group as well; each gets jobs of "
        "its own group only",
        {{"name", other.name},
         {"id", other.id.value},
         {"group", other.group_name},
         {"group_id", other.group.value}});
  }
  co_return Result<void>();
}

/// Creates the scale set. If somebody else did so since it was looked up, theirs is returned, which
/// is not ours.
Task<Enrolled> create(async::Client* client, SetSettings const* wanted, RunnerGroupId group,
                      bool in_a_crowd, base::Logger log) {
  Enrolled enrolled;
  auto created = co_await client->create_scale_set(wanted_scale_set(*wanted, group));
  if (created) {
    enrolled.scale_set = *std::move(created);
    enrolled.ours = true;
    enrolled.created = true;
    if (in_a_crowd) co_return enrolled;
    auto const warned = co_await warn_of_namesakes(client, enrolled.scale_set, log);
    static_cast<void>(warned);
    co_return enrolled;
  }
  if (created.error().code != ErrorCode::scale_set_exists)
    co_return std::unexpected(created.error());
  auto found = co_await client->find_scale_set(group, wanted->name);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return std::unexpected(created.error());
  enrolled.scale_set = std::move(**found);
  co_return enrolled;
}

bool is_ours(ScaleSet const& found, SetSettings const& wanted, KnownScaleSet known) {
  if (known.ours != ScaleSetId{}) return found.id == known.ours;
  if (!known.creating) return false;
  SetSettings created = wanted;
  if (created.labels.empty()) created.labels = {wanted.name};  // what the service then gives it
  return difference(created, found).empty();
}

void report_rest(ScaleSet const& set, SetSettings const& wanted, base::Logger const& log) {
  auto const rest = difference(wanted, set);
  if (rest.empty()) return;
  log.warn("the service did not take over all settings of the scale set",
           {{"name", set.name}, {"id", set.id.value}, {"difference", rest.text}});
}

Task<Enrolled> mend(async::Client* client, SetSettings const* wanted, Enrolled enrolled,
                    base::Logger log) {
  ScaleSet& set = enrolled.scale_set;
  auto const differs = difference(*wanted, set);
  if (differs.empty()) co_return enrolled;
  if (!enrolled.ours && !wanted->adopt) {
    if (differs.update.disable_update)
      co_return fail(ErrorCode::invalid_options,
                     described(set) +
                         " lets its runners update themselves, which runners that are started "
                         "here cannot do; give --adopt to switch that off, or another --name");
    log.warn(
        "the scale set differs from what is configured, and no autoscaler with this work folder "
        "created it; it is served as it is, and --adopt would change it",
        {{"name", set.name}, {"id", set.id.value}, {"difference", differs.text}});
    co_return enrolled;
  }
  ScaleSetUpdate update = differs.update;
  auto updated = co_await client->update_scale_set(set.id, std::move(update));
  if (!updated) co_return std::unexpected(updated.error());
  log.info("changed the settings of the scale set",
           {{"name", set.name}, {"id", set.id.value}, {"difference", differs.text}});
  set = *std::move(updated);
  enrolled.ours = true;
  report_rest(set, *wanted, log);
  co_return enrolled;
}

}  // namespace

Difference difference(SetSettings const& wanted, ScaleSet const& found) {
  Difference differs;
  auto const have = names_of(found.labels);
  bool const other_labels =
      !wanted.labels.empty() && lower_and_sorted(wanted.labels) != lower_and_sorted(have);
  if (other_labels) {
    std::vector<Label> labels;
    labels.reserve(wanted.labels.size());
    for (auto const& label : wanted.labels) labels.emplace_back(label);
    differs.update.labels = std::move(labels);
    differs.text = "its labels are " + joined(have) + " and should be " + joined(wanted.labels);
  }
  if (!found.disable_update) {
    differs.update.disable_update = true;
    differs.text += differs.text.empty() ? "" : "; ";
    differs.text += "its runners may update themselves and should not";
  }
  return differs;
}

bool is_refusal(Error const& error) noexcept {
  switch (error.code) {
    case ErrorCode::unauthorized:
    case ErrorCode::forbidden:
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_config_url:
    case ErrorCode::invalid_private_key:
    case ErrorCode::invalid_options: return true;
    case ErrorCode::not_found: return error.http_status == 0;  // the runner group
    case ErrorCode::bad_request:
    case ErrorCode::unexpected_status:
      return (error.http_status == 400 || error.http_status == 422) &&
             !error.reply().server_exception.empty();
    default: return false;
  }
}

Task<Enrolled> enrol(async::Client* client, SetSettings const* wanted, KnownScaleSet known,
                     BeforeCreation before_creation, base::Logger log) {
  auto const group = co_await find_group(client, wanted);
  if (!group) co_return std::unexpected(group.error());
  auto found = co_await client->find_scale_set(*group, wanted->name);
  if (!found) co_return std::unexpected(found.error());
  Enrolled enrolled;
  if (!*found) {
    auto noted = co_await before_creation();
    if (!noted) co_return std::unexpected(noted.error());
    auto created = co_await create(client, wanted, *group, known.in_a_crowd, log);
    if (!created) co_return std::unexpected(created.error());
    enrolled = *std::move(created);
  } else {
    enrolled.scale_set = std::move(**found);
    enrolled.ours = is_ours(enrolled.scale_set, *wanted, known);
  }
  auto mended = co_await mend(client, wanted, std::move(enrolled), log);
  co_return mended;
}

}  // namespace scaleset::daemon
