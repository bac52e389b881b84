#include "daemon/premises.hpp"

#include <utility>

#include "base/files.hpp"
#include "base/url.hpp"
#include "daemon/import_journal.hpp"

namespace scaleset::daemon {
namespace {

Error with_advice(Error error) {
  if (error.code == ErrorCode::io) error.message += "; give another folder with --work-dir";
  return error;
}

Error with_consequence(Error error) {
  error.message +=
      "; jobs that are running go on, and their runners are taken over once this is mended";
  return error;
}

}  // namespace

Result<Premises> open_premises(RunConfig const& config, base::OwnerKey const& owner,
                               base::Logger const& log) {
  if (auto made = base::create_private_folder(config.work_dir); !made)
    return std::unexpected(with_advice(made.error()));
  std::string const place = (config.work_dir / owner.hash()).string();
  auto lock = base::FileLock::acquire(place + ".lock",
                                      "the scale set \"" + config.name + "\" of " + config.url);
  if (!lock) return std::unexpected(with_advice(lock.error()));
  auto journal = store::Journal::open(place + ".journal");
  if (!journal) return std::unexpected(with_consequence(journal.error()));
  report_set_aside(*journal, log);
  // An earlier version named it after the scale set alone.
  auto const old = config.work_dir / (base::encode_path_segment(config.name) + ".journal");
  if (auto imported = import_journal(old, owner, *journal, log); !imported)
    return std::unexpected(with_consequence(imported.error()));
  return Premises(*std::move(lock), *std::move(journal));
}

}  // namespace scaleset::daemon
