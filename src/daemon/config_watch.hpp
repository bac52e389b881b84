#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <deque>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "base/condition.hpp"
#include "base/log.hpp"
#include "config/diff.hpp"
#include "daemon/config_file.hpp"
#include "daemon/house.hpp"
#include "daemon/secret_watch.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// When a file that has changed is worth reading: when nobody has written it for 2 s. Pure.
class QuietFile {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// `read` is what the file was when it was read. No value: there was none.
  explicit QuietFile(std::optional<FileStamp> read) : read_(read), seen_(read) {}
  /// What the file is now. True once for each change. A file that is missing counts as changed: a
  /// person has to be told.
  [[nodiscard]] bool note(std::optional<FileStamp> now, TimePoint at);
  /// It is read, and was this just before.
  void is_read(std::optional<FileStamp> now) { read_ = seen_ = now; }

 private:
  std::optional<FileStamp> read_;
  std::optional<FileStamp> seen_;
  TimePoint changed_at_{};
};

/// What a reload has come to.
struct Reloaded {
  Reloaded() = default;
  bool used = false;                  // else everything is as it was
  std::vector<std::string> lines;     // what has changed, or what is wrong
  std::vector<std::string> warnings;  // of a file that is used
};

/// What a ConfigWatch works with. All outlive it.
struct ConfigWatchPorts {
  ConfigWatchPorts() = default;
  base::Background* disk = nullptr;
  House* house = nullptr;
  Hooks hooks;
  /// Reads the file, on the disk's thread.
  std::function<std::expected<ConfigFile, std::vector<std::string>>()> read;
  /// Where secrets are kept. May be null.
  std::shared_ptr<KeptSecrets> secrets;
  /// Puts into force what concerns the process: the log, signals, budgets.
  std::function<void(HouseConfig const&)> apply;
};

/// Reads the configuration file again when it has changed, and when it is told to; and has
/// credentials tried again when a file that they are read from has changed. One thing at a time: a
/// reload that is asked for during another waits (ADR 51).
class ConfigWatch {
 public:
  /// `current` is what is served.
  ConfigWatch(std::filesystem::path file, ConfigFile current, ConfigWatchPorts ports);

  /// Ends when it is cancelled.
  boost::asio::awaitable<void> run();
  /// The file is read again at once, and scale sets that it does not have any more drain. Secrets
  /// are read again as well. `done` is called with the outcome; it may be null.
  void reload(std::string why, std::function<void(Reloaded const&)> done = nullptr);

 private:
  struct Request {
    std::string why;
    std::function<void(Reloaded const&)> done;
  };
  struct Found {
    Found() = default;
    std::expected<ConfigFile, std::vector<std::string>> file = ConfigFile();
    std::optional<FileStamp> before;  // how the file was before it was read
  };
  boost::asio::awaitable<void> look();
  boost::asio::awaitable<void> read_secrets_again();
  void note_look(Result<FileStamps> const& seen);
  boost::asio::awaitable<Reloaded> read_again(Missing missing);
  Reloaded use(ConfigFile next, Missing missing);
  Reloaded refuse(std::vector<std::string> problems);
  void tell(Served const& served, std::vector<config::Change> const& changes,
            Reloaded& reloaded) const;
  void note_problems() const;

  std::filesystem::path file_;
  ConfigFile current_;
  ConfigWatchPorts ports_;
  base::Logger log_;
  std::vector<std::filesystem::path> files_;  // the configuration, and then those of secrets
  QuietFile config_;
  FileChanges secrets_;
  OneLook look_;
  std::optional<std::string> file_problem_;  // why the file cannot be used, as it is now
  std::vector<std::string> refused_for_;     // what was wrong, as far as it has been told
  std::chrono::steady_clock::time_point try_again_at_{};
  std::vector<std::string> secret_problems_;
  std::vector<std::string> look_problems_;
  std::deque<Request> requests_;
  base::Condition requested_;
};

}  // namespace scaleset::daemon
