#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <memory>

#include "base/host_name.hpp"
#include "cli/primitive.hpp"
#include "cli/work_dir.hpp"
#include "daemon/garbage.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;
using daemon::Finding;
using daemon::ServiceSide;
using daemon::UnservedSet;

struct GcArguments : PrimitiveArguments {
  std::string work_dir;
  bool dry_run = false;
  bool yes = false;
};

Result<ServiceSide> ask_service(UnservedSet const& set, std::string const& url,
                                Client const& client, CallOptions const& options) {
  ServiceSide service;
  service.asked = set.owner.url == url;
  if (!service.asked || set.id == ScaleSetId{}) return service;
  auto found = client.get_scale_set(set.id, options);
  bool const is_gone = !found && (found.error().code == ErrorCode::scale_set_not_found ||
                                  found.error().code == ErrorCode::not_found);
  if (!found && !is_gone) return std::unexpected(found.error());
  if (found) service.set = *std::move(found);
  for (auto const& runner : set.runners) {
    if (!runner.id) continue;
    auto const known = client.get_runner(*runner.id, options);
    if (known) service.registered.push_back(*runner.id);
    if (!known && known.error().code != ErrorCode::runner_not_found)
      return std::unexpected(known.error());
  }
  return service;
}

/// Only whoever has the session can be sure that no other machine serves the scale set.
Result<void> delete_set(UnservedSet const& set, Client const& client, CallOptions const& options) {
  if (set.session) {
    // The service would keep it for a while, as if somebody listened.
    auto const closed = client.close_session(set.id, set.session->id, options);
    if (!closed && closed.error().transient()) return closed;
  }
  auto session = client.open_session(set.id, base::host_name(), options);
  if (!session && session.error().code == ErrorCode::session_conflict)
    return fail(ErrorCode::conflict, "somebody else listens to it");
  if (!session) return std::unexpected(session.error());
  if (auto closed = session->close(); !closed) return closed;
  return client.delete_scale_set(set.id, options);
}

Result<void> delete_one(Finding const& finding, UnservedSet const& set, store::Journal& journal,
                        Client const& client, CallOptions const& options) {
  switch (finding.kind) {
    case Finding::Kind::registration: return client.remove_runner(finding.runner, options);
    case Finding::Kind::scale_set: return delete_set(set, client, options);
    case Finding::Kind::journal_rows: break;
  }
  std::vector<store::Change> const forget{store::ForgetScaleSet{set.key}};
  return journal.apply(forget);
}

json::object described(Finding const& finding, std::string const& action, std::string const& why) {
  return {{"kind", to_string(finding.kind)},
          {"name", finding.name},
          {"reason", finding.reason},
          {"action", action},
          {"why", why}};
}

/// Deletes what may be deleted if `yes`; what comes after a failure is kept.
void handle(UnservedSet const& set, ServiceSide const& service, bool yes, store::Journal& journal,
            Client const& client, CallOptions const& options, json::array& told) {
  std::string failure;
  for (Finding const& finding : daemon::findings_of(set, service)) {
    std::string why = finding.kept_because.empty() ? failure : finding.kept_because;
    if (why.empty() && yes) {
      auto const done = delete_one(finding, set, journal, client, options);
      if (!done) failure = why = done.error().to_string();
    }
    std::string const action = !why.empty() ? "kept" : (yes ? "deleted" : "would be deleted");
    told.push_back(described(finding, action, why));
  }
}

Result<json::value> collect(GcArguments const& arguments, Client const& client,
                            CallOptions const& options) {
  auto const own = base::OwnerKey::make(arguments.connection.url, "", "");
  if (!own) return std::unexpected(own.error());
  std::filesystem::path folder = arguments.work_dir;
  if (folder.empty()) folder = default_work_dir(::getenv);
  auto journals = daemon::unserved_journals(folder, daemon::has_processes);
  if (!journals) return std::unexpected(journals.error());
  json::array told;
  for (auto& journal : *journals) {
    for (UnservedSet const& set : journal.sets) {
      auto const service = ask_service(set, own->url, client, options);
      if (!service) return std::unexpected(service.error());
      handle(set, *service, arguments.yes, journal.journal, client, options, told);
    }
  }
  return told;
}

}  // namespace

void add_gc_command(CLI::App& app, Action& action) {
  auto const arguments = std::make_shared<GcArguments>();
  auto* const command = add_primitive(
      app, action, arguments,
      {"gc",
       "List what scale sets have left that no process of this machine serves any more: their "
       "registrations, the scale sets themselves if they were created here and nobody uses them, "
       "and their rows in journals. Nothing is deleted without --yes, and nothing of a scale set "
       "of which a runner still runs",
       "--url https://github.com/my-org --token-file token.txt"},
      collect);
  command->add_option("--work-dir", arguments->work_dir,
                      "The --work-dir of the `scaleset run` that has served them [as for `run`]");
  command->add_flag("--dry-run", arguments->dry_run, "Only list, as without --yes");
  command->add_flag("--yes", arguments->yes, "Delete what is listed as such");
  arguments->after.emplace_back([arguments = arguments.get()]() -> Result<void> {
    if (!arguments->yes || !arguments->dry_run) return {};
    return fail(ErrorCode::invalid_options, "give only one of --dry-run or --yes");
  });
}

}  // namespace scaleset::cli
