#include "backends/docker/labels.hpp"

#include "base/whole_number.hpp"

namespace scaleset::backends::docker {
namespace {

constexpr int kFormat = 1;

constexpr char const* kFormatLabel = "io.scaleset.format";
constexpr char const* kOwnerLabel = "io.scaleset.owner";  // the hash, to look for
constexpr char const* kUrlLabel = "io.scaleset.url";
constexpr char const* kGroupLabel = "io.scaleset.group";
constexpr char const* kNameLabel = "io.scaleset.name";
constexpr char const* kRunnerLabel = "io.scaleset.runner";
constexpr char const* kRunnerIdLabel = "io.scaleset.runner-id";
constexpr char const* kScaleSetIdLabel = "io.scaleset.scale-set-id";

std::string value_of(Labels const& labels, char const* name) {
  auto const found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

}  // namespace

Labels owner_filter(base::OwnerKey const& owner) { return {{kOwnerLabel, owner.hash()}}; }

Labels labels_of(base::OwnerKey const& owner) {
  return {{kFormatLabel, std::to_string(kFormat)},
          {kOwnerLabel, owner.hash()},
          {kUrlLabel, owner.url},
          {kGroupLabel, owner.group},
          {kNameLabel, owner.name}};
}

Labels labels_of(Ownership const& ownership) {
  Labels labels = labels_of(ownership.owner);
  labels[kRunnerLabel] = ownership.runner_name;
  labels[kRunnerIdLabel] = std::to_string(ownership.runner.value);
  labels[kScaleSetIdLabel] = std::to_string(ownership.scale_set.value);
  return labels;
}

std::optional<Ownership> ownership_of(Labels const& labels) {
  auto const format = base::whole_number<int>(value_of(labels, kFormatLabel));
  if (!format || *format < 1 || *format > kFormat) return std::nullopt;
  auto const runner = base::whole_number<std::int64_t>(value_of(labels, kRunnerIdLabel));
  auto const scale_set = base::whole_number<std::int64_t>(value_of(labels, kScaleSetIdLabel));
  Ownership found;
  found.owner.url = value_of(labels, kUrlLabel);
  found.owner.group = value_of(labels, kGroupLabel);
  found.owner.name = value_of(labels, kNameLabel);
  found.runner_name = value_of(labels, kRunnerLabel);
  if (found.runner_name.empty() || !runner || !scale_set) return std::nullopt;
  found.runner = RunnerId{*runner};
  found.scale_set = ScaleSetId{*scale_set};
  // A label that somebody has set by hand to look like ours.
  if (value_of(labels, kOwnerLabel) != found.owner.hash()) return std::nullopt;
  return found;
}

}  // namespace scaleset::backends::docker
