#pragma once

#include <vector>

#include "config/daemon_config.hpp"
#include "config/key.hpp"

/// Every key of the file.
namespace scaleset::config {

template <>
std::vector<Key<SecretSource>> const& keys_of<SecretSource>();
template <>
std::vector<Key<AppConfig>> const& keys_of<AppConfig>();
template <>
std::vector<Key<ProxyConfig>> const& keys_of<ProxyConfig>();
template <>
std::vector<Key<CredentialConfig>> const& keys_of<CredentialConfig>();
template <>
std::vector<Key<TemplateConfig>> const& keys_of<TemplateConfig>();
template <>
std::vector<Key<LogConfig>> const& keys_of<LogConfig>();
template <>
std::vector<Key<HttpConfig>> const& keys_of<HttpConfig>();
template <>
std::vector<Key<BudgetConfig>> const& keys_of<BudgetConfig>();
template <>
std::vector<Key<ScheduleConfig>> const& keys_of<ScheduleConfig>();
template <>
std::vector<Key<ScaleSetConfig>> const& keys_of<ScaleSetConfig>();
template <>
std::vector<Key<DaemonConfig>> const& keys_of<DaemonConfig>();

}  // namespace scaleset::config
