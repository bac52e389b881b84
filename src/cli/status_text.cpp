#include "cli/status_text.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>

#include "base/outage.hpp"
#include "base/rfc3339.hpp"
#include "cli/json_members.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameWidth = 28;
constexpr std::size_t kStateWidth = 10;
constexpr std::size_t kTimeWidth = 14;

/// How long it has been so; empty if that is not known.
std::string lasting(json::value const& of, std::string const& now) {
  auto const begin = base::parse_rfc3339(text_of(of, "since"));
  auto const end = base::parse_rfc3339(now);
  if (!begin || !end) return "";
  return base::in_words(std::max(*end - *begin, std::chrono::milliseconds(0)));
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + ' ';
}

std::string job_text(json::value const& job) {
  if (!job.is_object()) return "";
  std::string text = text_of(job, "jobDisplayName");
  std::string where = text_of(job, "repository");
  if (auto const run = number_of(job, "workflowRunId"); run != 0)
    where += (where.empty() ? "run " : ", run ") + std::to_string(run);
  if (!where.empty()) text += " (" + where + ")";
  return text;
}

/// "2 busy, 1 idle": without those that are none.
std::string counts_text(json::value const& counts) {
  std::string text;
  auto const* const object = counts.if_object();
  if (object == nullptr) return "none";
  for (auto const& [name, count] : *object) {
    if (!count.is_int64() || count.get_int64() == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count.get_int64()) + " " + plain(name);
  }
  return text.empty() ? "none" : text;
}

std::string jobs_text(json::value const& set) {
  json::value const& jobs = member_of(set, "jobs");
  if (!jobs.is_object()) return "not known yet";
  std::string text = std::to_string(number_of(jobs, "assigned")) + " assigned, " +
                     std::to_string(number_of(jobs, "running")) + " of them running";
  for (auto const* name : {"held", "phantom"}) {
    if (auto const count = number_of(set, name); count != 0)
      text += ", " + std::to_string(count) + " " + name;
  }
  return text;
}

/// "NOT READY, failing for 5 min 0 s: no runner can be registered"
std::string unready_text(json::value const& set, std::string const& now) {
  std::string text = "NOT READY";
  if (auto const state = text_of(set, "state"); !state.empty()) text += ", " + state;
  if (auto const duration = lasting(set, now); !duration.empty()) text += " for " + duration;
  return text + ": " + text_of(set, "reason");
}

std::string budget_text(json::value const& set) {
  json::value const& budget = member_of(set, "budget");
  std::string const name = text_of(budget, "name");
  if (name.empty()) return "";
  json::value const& may_have = member_of(budget, "mayHave");
  std::string const share =
      may_have.is_int64() ? ": at most " + std::to_string(may_have.get_int64()) + " now" : "";
  return "; budget " + name + share;
}

/// Empty if it has none.
std::string schedule_text(json::value const& set) {
  json::value const& schedule = member_of(set, "schedule");
  if (!schedule.is_object()) return "";
  std::string const cron = text_of(schedule, "cron");
  return "  schedule " +
         (cron.empty() ? "none of its windows is open"
                       : "\"" + cron + "\" of " + text_of(schedule, "zone") + " is in force") +
         ", at least until " + text_of(schedule, "until") + "\n";
}

std::string set_text(json::value const& set, std::string const& now) {
  auto const* const ready = member_of(set, "ready").if_bool();
  std::string text = text_of(set, "name") + "  " + text_of(set, "address") + "\n  ";
  text += ready != nullptr && *ready ? "ready" : unready_text(set, now);
  if (auto const warning = text_of(set, "warning"); !warning.empty())
    text += "\n  warning: " + warning;
  text += "\n  jobs     " + jobs_text(set) + "\n  runners  " +
          counts_text(member_of(set, "counts")) + "; min " +
          std::to_string(number_of(set, "minIdle")) + ", max " +
          std::to_string(number_of(set, "maxRunners"));
  json::value const& wanted = member_of(set, "wanted");
  if (wanted.is_int64()) text += ", wanted " + std::to_string(wanted.get_int64());
  text += ", advertised " + std::to_string(number_of(set, "capacity")) + budget_text(set) + "\n";
  text += schedule_text(set);
  for (json::value const& problem : list_of(set, "problems")) {
    // The first line has said it already.
    if (text_of(problem, "text") == text_of(set, "reason")) continue;
    auto const failures = number_of(problem, "failures");
    text += "  failing for " + lasting(problem, now) + " (" +
            (failures == 1 ? "once" : std::to_string(failures) + " times") +
            "): " + text_of(problem, "text") + "\n";
  }
  for (json::value const& runner : list_of(set, "runners"))
    text += "    " + padded(text_of(runner, "name"), kNameWidth) +
            padded(text_of(runner, "state"), kStateWidth) +
            padded(lasting(runner, now), kTimeWidth) + job_text(member_of(runner, "job")) + "\n";
  return text;
}

}  // namespace

std::string status_text(json::value const& status) {
  std::string const now = text_of(status, "time");
  std::string text = "scaleset " + text_of(status, "version") + ", process " +
                     std::to_string(number_of(status, "processId")) + ", " + now + "\n";
  for (json::value const& problem : list_of(status, "problems"))
    if (problem.is_string()) text += "PROBLEM: " + plain(problem.get_string()) + "\n";
  json::array const& sets = list_of(status, "sets");
  if (sets.empty()) text += "\nno scale set is served\n";
  for (json::value const& set : sets) text += "\n" + set_text(set, now);
  return text;
}

}  // namespace scaleset::cli
