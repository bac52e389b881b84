#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "scaleset/types.hpp"

namespace scaleset::daemon {

/// That a version of the runner program stops working, for a person (I3).
struct EndOfVersion {
  EndOfVersion(Timestamp end, Timestamp now);
  Timestamp ends;
  std::int64_t days_left;  // whole days; below 0 afterwards
  bool is_alarm;           // in the last three days, and afterwards
};

/// Remembers when versions of the runner program stop working, for all scale sets of the process.
/// Pure.
class Currency {
 public:
  /// Where a version is judged: by the service, of which there may be several.
  using Version = std::pair<std::string, std::string>;  // origin of the service, version

  /// A runner of that version has registered. True: the service is to be asked about it, and
  /// learn() or failed() to be told. What it says counts for a day.
  bool saw(Version const& version, Timestamp now);
  void learn(Version const& version, std::optional<RunnerDeprecation> const& answer, Timestamp now);
  /// It is asked again an hour later.
  void failed(Version const& version, Timestamp now);

  /// If it ends within two weeks. No value as well if that is not known.
  [[nodiscard]] std::optional<EndOfVersion> end_of(Version const& version, Timestamp now) const;
  /// Whether that is to be told now: once a day.
  bool is_news(Version const& version, Timestamp now);

 private:
  struct Entry {
    Timestamp ask_at{};
    Timestamp tell_at{};
    std::optional<Timestamp> ends;
  };
  std::map<Version, Entry> versions_;
};

}  // namespace scaleset::daemon
