#include "config/load.hpp"

#include <algorithm>

#include "base/regular_file.hpp"
#include "config/check.hpp"
#include "config/keys.hpp"

namespace scaleset::config {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

/// "cannot be read: No such file or directory": the file is named before each problem.
std::string without_name(Error const& error, std::filesystem::path const& file) {
  std::string const beginning = "cannot read " + file.string();
  bool const is_named = error.message.starts_with(beginning);
  return is_named ? "cannot be read" + error.message.substr(beginning.size()) : error.message;
}

template <class Table>
Table const* used(Use<Table> const& use, std::map<std::string, Table> const& tables) {
  if (use.own) return &*use.own;
  if (use.name.empty()) return tables.size() == 1 ? &tables.begin()->second : nullptr;
  auto const found = tables.find(use.name);
  return found == tables.end() ? nullptr : &found->second;
}

}  // namespace

std::expected<Loaded, std::vector<Problem>> read_config(std::string_view text,
                                                        std::filesystem::path const& folder) {
  auto tree = base::parse_toml(text);
  if (!tree) return std::unexpected(std::vector{Problem{tree.error().at, tree.error().message}});
  Loaded loaded;
  Reading reading{folder, {}, {}};
  read_table<DaemonConfig>("the file", *tree, loaded.config, reading);
  loaded.tree = *std::move(tree);
  loaded.unread = std::move(reading.unread);
  for (Problem& problem : contradictions_of(loaded)) reading.problems.push_back(std::move(problem));
  if (reading.problems.empty()) return loaded;
  std::ranges::stable_sort(reading.problems, {}, &Problem::at);
  return std::unexpected(std::move(reading.problems));
}

std::expected<Loaded, std::vector<Problem>> load_file(std::filesystem::path const& file) {
  auto const text = base::read_regular_file(file, kLargestFile);
  if (!text) return std::unexpected(std::vector{Problem{{}, without_name(text.error(), file)}});
  return read_config(*text, std::filesystem::absolute(file).parent_path());
}

std::string url_of_repository(std::string_view url, std::string const& repository) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url) + "/" + repository;
}

std::vector<ServedSet> served_sets(DaemonConfig const& config) {
  std::vector<ServedSet> sets;
  for (std::size_t i = 0; i < config.scale_sets.size(); ++i) {
    ScaleSetConfig const& set = config.scale_sets[i];
    auto const repositories =
        set.repositories.empty() ? std::vector<std::string>(1) : set.repositories;
    for (std::string const& repository : repositories) {
      std::string url = repository.empty() ? set.url : url_of_repository(set.url, repository);
      auto owner = base::OwnerKey::make(url, set.group, set.name);
      if (owner) sets.push_back(ServedSet{*std::move(owner), std::move(url), i});
    }
  }
  return sets;
}

CredentialConfig const* credential_of(DaemonConfig const& config, ScaleSetConfig const& set) {
  return used(set.credential, config.credentials);
}

TemplateConfig const* template_of(DaemonConfig const& config, ScaleSetConfig const& set) {
  return used(set.what, config.templates);
}

std::vector<Item> items_of(Loaded const& loaded) {
  std::vector<Item> items;
  list_table<DaemonConfig>(loaded.config, &loaded.tree, "", items);
  return items;
}

}  // namespace scaleset::config
