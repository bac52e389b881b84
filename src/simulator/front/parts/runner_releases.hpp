#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/types.hpp"
#include "simulator/front/parts/fields.hpp"

namespace scaleset::simulator {

/// A release of the runner program, and when GitHub stops accepting it. None: not known yet.
struct RunnerRelease {
  std::string version;  // "2.336.0"
  std::optional<Timestamp> registration_ends;
  std::optional<Timestamp> runtime_ends;
};

/// Which versions of the runner program there are, and which are too old (protocol.md D.2). At
/// first it knows the releases that D.2 names, and refuses none.
class RunnerReleases {
 public:
  RunnerReleases();

  /// Null: there is no release of that version.
  [[nodiscard]] RunnerRelease const* find(std::string_view version) const;
  [[nodiscard]] RunnerRelease const& newest() const noexcept { return releases_.back(); }
  /// Whether a runner of that version is given no messages. A text that is no version is not too
  /// old.
  [[nodiscard]] bool is_too_old(std::string_view version) const;

  /// Reads {"minimum":"2.329.0","releases":[{"version","registrationEndsAt","runtimeEndsAt"}]}.
  /// What is missing stays as it is; an empty minimum refuses nobody; a release that is known
  /// already gets the new times. Nothing changes if there is a problem, which `fields` then has.
  void change(Fields& fields);
  /// In the form that change() reads.
  [[nodiscard]] boost::json::object view() const;

 private:
  std::vector<RunnerRelease> releases_;  // oldest first
  std::string minimum_;
};

}  // namespace scaleset::simulator
