#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "backends/process/work_folder.hpp"
#include "base/host_name.hpp"
#include "cli/gc_text.hpp"
#include "cli/primitive.hpp"
#include "cli/work_dir.hpp"
#include "daemon/garbage.hpp"
#include "daemon/leftovers.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;
using daemon::Finding;
using daemon::Leftover;
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

/// Whether the service knows its registration. Only of a runner that has ended, of this URL.
Result<bool> is_registered(Leftover const& runner, std::string const& url, Client const& client,
                           CallOptions const& options) {
  if (runner.process || !runner.runner || runner.owner.url != url) return false;
  auto const known = client.get_runner(*runner.runner, options);
  if (known) return known->name == runner.runner_name;
  if (known.error().code == ErrorCode::runner_not_found) return false;
  return std::unexpected(known.error());
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
  if (finding.kind == Finding::Kind::registration)
    return client.remove_runner(finding.runner, options);
  if (finding.kind == Finding::Kind::scale_set) return delete_set(set, client, options);
  std::vector<store::Change> const forget{store::ForgetScaleSet{set.key}};
  return journal.apply(forget);
}

/// What is listed, and with --yes deleted.
class Collecting {
 public:
  Collecting(bool yes, std::string url, Client const& client, CallOptions const& options)
      : yes_(yes), url_(std::move(url)), client_(client), options_(options) {}

  Result<void> runners_of(daemon::UnservedFolder const& folder) {
    for (Leftover const& runner : folder.runners) {
      // Those that run elsewhere on this machine may be anybody's.
      if (folder.elsewhere && runner.owner.url != url_) continue;
      auto const registered = is_registered(runner, url_, client_, options_);
      if (!registered) return std::unexpected(registered.error());
      handle(daemon::findings_of(runner, url_, *registered), [&](Finding const& finding) {
        return finding.kind == Finding::Kind::registration
                   ? client_.remove_runner(finding.runner, options_)
                   : backends::clear_instance(runner.paths, {});
      });
    }
    return {};
  }

  Result<void> sets_of(daemon::UnservedJournal& journal) {
    for (UnservedSet const& set : journal.sets) {
      auto const service = ask_service(set, url_, client_, options_);
      if (!service) return std::unexpected(service.error());
      handle(daemon::findings_of(set, *service), [&](Finding const& finding) {
        return delete_one(finding, set, journal.journal, client_, options_);
      });
    }
    return {};
  }

  json::array told;

 private:
  /// Deletes what may be deleted if `yes_`; what comes after a failure is kept.
  void handle(std::vector<Finding> const& findings,
              std::function<Result<void>(Finding const&)> const& remove) {
    std::string failure;
    for (Finding const& finding : findings) {
      // A registration that a record of this machine names may be in a journal too.
      bool const is_registration = finding.kind == Finding::Kind::registration;
      if (is_registration && !registrations_.insert(finding.runner).second) continue;
      std::string why = finding.kept_because.empty() ? failure : finding.kept_because;
      if (why.empty() && yes_) {
        auto const done = remove(finding);
        if (!done) failure = why = done.error().to_string();
      }
      std::string const action = !why.empty() ? "kept" : (yes_ ? "deleted" : "would be deleted");
      told.push_back(json::object{{"kind", to_string(finding.kind)},
                                  {"name", finding.name},
                                  {"reason", finding.reason},
                                  {"action", action},
                                  {"why", why}});
    }
  }

  bool yes_;
  std::string url_;
  Client const& client_;
  CallOptions options_;
  std::set<RunnerId> registrations_;  // that were told
};

Result<json::value> collect(GcArguments const& arguments, Client const& client,
                            CallOptions const& options) {
  auto const url = canonical_url(arguments.connection);
  if (!url) return std::unexpected(url.error());
  std::filesystem::path folder = arguments.work_dir;
  if (folder.empty()) folder = default_work_dir(::getenv);
  Collecting collecting(arguments.yes, *url, client, options);
  auto folders = daemon::unserved_folders(folder);
  if (!folders) return std::unexpected(folders.error());
  for (daemon::UnservedFolder& unserved : *folders) {
    if (auto done = collecting.runners_of(unserved); !done) return std::unexpected(done.error());
    // Or the next step, which can take long, would keep a `scaleset run` from starting.
    if (!arguments.yes) unserved.locks.clear();
  }
  auto const purpose = arguments.yes ? daemon::Purpose::remove : daemon::Purpose::look;
  auto journals = daemon::unserved_journals(folder, daemon::has_processes, purpose);
  if (!journals) return std::unexpected(journals.error());
  for (auto& journal : *journals) {
    if (auto done = collecting.sets_of(journal); !done) return std::unexpected(done.error());
  }
  return std::move(collecting.told);
}

}  // namespace

void add_gc_command(CLI::App& app, Action& action) {
  auto const arguments = std::make_shared<GcArguments>();
  auto* const command = add_primitive(
      app, action, arguments,
      {"gc",
       "List what scale sets have left that no process of this machine serves any more: runners, "
       "their registrations, the scale sets themselves if they were created here and nobody uses "
       "them, and their rows in journals. Nothing is deleted without --yes, and nothing of a scale "
       "set of which a runner still runs. On a terminal it is a text; elsewhere one line of JSON",
       "--url https://github.com/my-org --token-file token.txt", gc_text},
      collect);
  command
      ->add_option("--work-dir", arguments->work_dir,
                   "The --work-dir of the `scaleset run` that has served them, or the state_dir of "
                   "its configuration file [as for `run`]")
      ->type_name("DIR");
  command->add_flag("--dry-run", arguments->dry_run, "Only list, as without --yes");
  command->add_flag("--yes", arguments->yes, "Delete what is listed as such");
  arguments->after.emplace_back([arguments = arguments.get()]() -> Result<void> {
    if (arguments->yes && arguments->dry_run)
      return fail(ErrorCode::invalid_options, "give only one of --dry-run or --yes");
    std::error_code unknown;
    if (arguments->work_dir.empty() || std::filesystem::is_directory(arguments->work_dir, unknown))
      return {};
    // Otherwise it would look as if nothing were left.
    return fail(ErrorCode::invalid_options,
                "there is no folder " + arguments->work_dir +
                    "; give the --work-dir of the `scaleset run` that has served the scale sets");
  });
}

}  // namespace scaleset::cli
