#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/codec.hpp"
#include "config/keys.hpp"
#include "config/testing/config_text.hpp"

/// Each key of the reference with values that it takes and values that it does not. A key without a
/// row fails.
namespace scaleset::config {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Good {
  std::string value;
  std::string shown{};  // as `config show` writes it; empty: as it is given
};
struct Row {
  std::string path;  // as it stands in the reference
  std::vector<Good> good;
  std::vector<std::string> bad{};  // besides those that are wrong for the type of the key
};

std::vector<Row> const& rows() {
  static std::vector<Row> const all{
      {"state_dir", {{R"("/srv")"}, {R"("state")", R"("/etc/state")"}}, {R"("a\rb")"}},
      {"on_stop", {{R"("detach")"}, {R"("drain")"}}, {R"("Drain")", R"("stop")"}},
      {"drain_timeout", {{R"("1s")"}, {R"("90m")", R"("1h30m")"}}, {R"("0s")", R"("11y")"}},
      {"log", {{R"({ level = "warn" })"}, {"{}"}}, {R"({ levle = "warn" })"}},
      {"log.level",
       {{R"("debug")"}, {R"("info")"}, {R"("warn")"}, {R"("error")"}},
       {R"("trace")", R"("INFO")"}},
      {"log.format", {{R"("text")"}, {R"("json")"}}, {R"("xml")"}},
      {"credential", {{R"({ c = { token = { env = "T" } } })"}}, {R"({ c = 1 })"}},
      {"credential.NAME.token",
       {{R"({ file = "t" })"}, {R"({ command = "c" })"}, {R"({ env = "T" })"}},
       {"{}", R"({ file = "t", env = "T" })", R"({ path = "t" })"}},
      {"credential.NAME.token.file", {{R"("/t")"}, {R"("../t")", R"("/t")"}}, {}},
      {"credential.NAME.token.command", {{R"("gh auth token")"}}, {}},
      {"credential.NAME.token.env", {{R"("TOKEN")"}}, {}},
      {"credential.NAME.token.systemd", {{R"("token")"}}, {}},
      {"credential.NAME.app",
       {{R"({ client_id = "c", installation_id = 1, private_key = { file = "k" } })"}},
       {"{}", R"({ client_id = "c", private_key = { file = "k" } })"}},
      {"credential.NAME.app.client_id", {{R"("Iv23")"}, {R"("12")"}}, {}},
      {"credential.NAME.app.installation_id", {{"1"}, {"9000000000"}}, {}},
      {"credential.NAME.app.private_key",
       {{R"({ file = "k" })"}, {R"({ systemd = "k" })"}},
       {R"({ command = "c" })", "{}"}},
      {"credential.NAME.app.private_key.file", {{R"("/k")"}}, {}},
      {"credential.NAME.app.private_key.command", {}, {R"("c")"}},
      {"credential.NAME.app.private_key.env", {{R"("KEY")"}}, {}},
      {"credential.NAME.app.private_key.systemd", {{R"("key")"}}, {}},
      {"credential.NAME.ca_file", {{R"("/ca")"}}, {}},
      {"credential.NAME.proxy", {{R"({ url = "http://p:3128" })"}}, {"{}", R"({ user = "u" })"}},
      {"credential.NAME.proxy.url",
       {{R"("http://p")"}, {R"("socks5://p:1080")"}},
       {R"("p:x")", R"("http://u:pw@p")"}},
      {"credential.NAME.proxy.username", {{R"("u")"}}, {}},
      {"credential.NAME.proxy.password",
       {{R"({ file = "p" })"}},
       {R"({ command = "c" })", R"({ file = "p", env = "P" })"}},
      {"credential.NAME.proxy.password.file", {{R"("/p")"}}, {}},
      {"credential.NAME.proxy.password.command", {}, {R"("c")"}},
      {"credential.NAME.proxy.password.env", {{R"("P")"}}, {}},
      {"credential.NAME.proxy.password.systemd", {{R"("p")"}}, {}},
      {"credential.NAME.proxy.no_proxy", {{R"("a,10.0.0.0/8")"}}, {}},
      {"credential.NAME.start_rate", {{"0.01"}, {"0.5"}, {"100"}}, {}},
      {"credential.NAME.start_burst", {{"1"}, {"1000"}}, {}},
      {"credential.NAME.strict_secrets", {{"true"}, {"false"}}, {}},
      {"template", {{R"({ t = { runner_dir = "r" } })"}}, {R"({ t = [] })"}},
      {"template.NAME.backend", {{R"("process")"}}, {R"("docker-compose")"}},
      {"template.NAME.runner_dir", {{R"("/r")"}, {R"("r")", R"("/etc/r")"}}, {R"("C:\runner")"}},
      {"template.NAME.work_dir", {{R"("/w")"}}, {}},
      {"template.NAME.work_folder", {{R"("_work")"}, {R"("w")"}}, {}},
      {"template.NAME.env",
       {{R"({ A = "1", B = "" })", R"({ "A" = "1", "B" = "" })"}, {"{}", "-"}},
       {"{ A = 1 }"}},
      {"template.NAME.pass_env", {{R"(["HOME", "X"])"}, {"[]"}}, {R"(["T"])"}},
      {"template.NAME.prepare_deadline", {{R"("1s")"}, {R"("15m")"}}, {}},
      {"template.NAME.boot_deadline", {{R"("1s")"}, {R"("5m")"}}, {}},
      {"template.NAME.stop_grace", {{R"("1s")"}, {R"("90s")", R"("1m30s")"}}, {}},
      {"http", {{R"({ call_deadline = "9s" })"}}, {"{ deadline = 1 }"}},
      {"http.poll_deadline", {{R"("1s")"}, {R"("150s")", R"("2m30s")"}}, {}},
      {"http.call_deadline", {{R"("1s")"}, {R"("30s")"}}, {}},
      {"http.retry_budget", {{R"("1s")"}, {R"("30s")"}}, {}},
      {"budget", {{R"({ b = { slots = 9 } })"}}, {R"({ b = 1 })", R"({ b = {} })"}},
      {"budget.NAME.overcommit", {{"1"}, {"100"}}, {}},
      {"budget.NAME.NAME",
       {{"9"}, {"2.5"}, {R"("8GiB")", "8589934592"}, {R"("1KB")", "1000"}},
       {R"("8 GiB")", R"("GiB")", R"("8gib")", R"("1kB")", R"("-1B")"}},
      {"scale_set",
       {{R"([{ url = "https://github.com/o", name = "x", credential = "c" }])"}},
       {"[1]", "[{}]"}},
      {"scale_set.url",
       {{R"("https://github.com/o")"},
        {R"("https://github.com/o/r")"},
        {R"("https://github.com/enterprises/e")"},
        {R"("https://ghe.example.com:8443/o")"}},
       {R"("o")", R"("https://github.com")", R"("https://github.com/orgs/o")",
        R"("https://github.com/o/r/actions")", R"("http://github.com/o")"}},
      {"scale_set.group", {{R"("default")"}, {R"("My group")"}}, {R"(" g")", R"("a\nb")"}},
      {"scale_set.name", {{R"("linux")"}, {R"("größe 1")"}}, {R"("a ")", R"("a\u0000")"}},
      {"scale_set.repositories",
       {{R"(["r", "r.x"])"}},
       {R"(["o/r"])", R"(["r", "R"])", R"([" r"])"}},
      {"scale_set.credential",
       {{R"("c")"}, {R"({ token = { env = "X" } })"}},
       {R"("none")", "{}", R"({ token = "x" })"}},
      {"scale_set.template",
       {{R"("t")"}, {R"({ runner_dir = "r" })"}},
       {R"("none")", R"({ runner_dir = 1 })"}},
      {"scale_set.labels",
       {{R"(["a", "b c"])"}},
       {"[]", R"(["a", "A"])", R"(["a,b"])", R"(["a "])"}},
      {"scale_set.adopt", {{"true"}, {"false"}}, {}},
      {"scale_set.min_idle", {{"0"}, {"10"}}, {"11"}},
      {"scale_set.idle_factor", {{"0"}, {"0.25"}, {"100"}}, {}},
      {"scale_set.min_total", {{"0"}, {"10"}}, {"11"}},
      {"scale_set.max_runners", {{"1"}, {"10000"}}, {}},
      {"scale_set.min_idle_age", {{R"("0s")"}, {R"("1h")"}}, {}},
      {"scale_set.max_idle", {{R"("60s")", R"("1m")"}}, {}},
      {"scale_set.max_job", {{R"("60s")", R"("1m")"}, {R"("6h")"}}, {}},
      {"scale_set.max_age", {{R"("60s")", R"("1m")"}, {R"("7d")"}}, {}},
      {"scale_set.budget", {{R"("b")"}}, {R"("none")"}},
      {"scale_set.cost",
       {{"{ slots = 2 }", R"({ "slots" = 2 })"}},
       {"{ slots = 10 }", "{ gpu = 1 }", "{ slots = 0 }", "{ slots = -1 }", R"({ slots = "x" })"}},
      {"scale_set.reserve", {{"0"}, {"1"}, {"9"}}, {"10", "10000"}},
      {"scale_set.weight", {{"0.001"}, {"2.5"}, {"1000"}}, {}},
      {"scale_set.schedule",
       {{R"([{ cron = "0 8 * * *", for = "1h", min_idle = 1 }])"}, {"[]"}},
       {"[1]", R"([{ cron = "0 8 * * *", for = "1h" }])", "[{}]"}},
      {"scale_set.schedule.cron",
       {{R"("0 8 * * mon-fri")"}, {R"("*/15 * * * *")"}},
       {R"("0 8 * *")", R"("0 25 * * *")", R"("every day")"}},
      {"scale_set.schedule.for", {{R"("60s")", R"("1m")"}, {R"("10h")"}}, {}},
      {"scale_set.schedule.zone", {{R"("UTC")"}, {R"("Europe/Berlin")"}}, {R"("Mars")"}},
      {"scale_set.schedule.min_idle", {{"0"}, {"10"}}, {"11"}},
      {"scale_set.schedule.min_total", {{"0"}, {"10"}}, {"11"}},
      {"scale_set.schedule.max_runners", {{"1"}, {"10000"}}, {}},
  };
  return all;
}

// The keys.

void add_keys(std::string const& prefix, std::vector<KeyInfo> const& keys,
              std::map<std::string, KeyInfo>& found) {
  for (KeyInfo const& key : keys) {
    found.emplace(prefix + key.name, key);
    // Those of a table that may also stand by itself are the same there.
    if (key.type == Type::name_or_table) continue;
    std::string const name = key.type == Type::named_tables ? key.name + ".NAME" : key.name;
    add_keys(prefix + name + ".", key.keys, found);
  }
}
std::map<std::string, KeyInfo> every_key() {
  std::map<std::string, KeyInfo> found;
  add_keys("", infos_of<DaemonConfig>(), found);
  return found;
}

// A file in which everything else is right.

using Headings = std::vector<std::pair<std::string, std::map<std::string, std::string>>>;

Headings good_file() {
  return {
      {"", {}},
      {"log", {}},
      {"http", {}},
      {"credential.c", {}},
      {"credential.c.token", {{"env", R"("T")"}}},
      {"credential.c.proxy", {{"url", R"("http://p")"}, {"username", R"("u")"}}},
      {"credential.c.proxy.password", {{"env", R"("P")"}}},
      {"credential.d", {}},
      {"credential.d.app", {{"client_id", R"("c")"}, {"installation_id", "1"}}},
      {"credential.d.app.private_key", {{"env", R"("K")"}}},
      {"template.t", {{"runner_dir", R"("r")"}}},
      {"budget.b", {{"slots", "9"}}},
      {"[scale_set]",
       {{"url", R"("https://github.com/o")"},
        {"name", R"("n")"},
        {"credential", R"("c")"},
        {"template", R"("t")"},
        {"budget", R"("b")"}}},
      {"[scale_set.schedule]",
       {{"cron", R"("0 8 * * *")"}, {"for", R"("1h")"}, {"max_runners", "10"}}},
  };
}

std::string text_of(Headings const& file) {
  std::string text;
  for (auto const& [heading, keys] : file) {
    if (!heading.empty()) text += "[" + heading + "]\n";
    for (auto const& [key, value] : keys) text += key + " = " + value + "\n";
  }
  return text;
}

/// The heading and the key of a path of the reference.
std::pair<std::string, std::string> place_of(std::string path) {
  auto const named = [&path](std::string const& beginning, std::string const& name) {
    if (path.starts_with(beginning)) path = name + path.substr(beginning.size());
  };
  named("credential.NAME.app", "credential.d.app");
  named("credential.NAME", "credential.c");
  named("template.NAME", "template.t");
  named("budget.NAME", "budget.b");
  auto const dot = path.rfind('.');
  std::string key = dot == std::string::npos ? path : path.substr(dot + 1);
  if (key == "NAME") key = "slots";
  std::string heading = dot == std::string::npos ? "" : path.substr(0, dot);
  if (heading.starts_with("scale_set")) heading = "[" + heading + "]";
  return {heading, key};
}

bool is_below(std::string const& heading, std::string const& table) {
  std::string const plain = heading.starts_with('[') ? heading.substr(1) : heading;
  return plain.starts_with(table) &&
         (plain.size() == table.size() || std::string_view(".]").contains(plain[table.size()]));
}

/// The file with this value. What cannot stand beside it is left out.
std::string with(std::string const& path, std::string const& value) {
  auto const [heading, key] = place_of(path);
  std::string const plain =
      heading.starts_with('[') ? heading.substr(1, heading.size() - 2) : heading;
  std::string const table = plain.empty() ? key : plain + "." + key;
  Headings file = good_file();
  std::erase_if(file, [&](auto const& one) { return is_below(one.first, table); });
  bool const is_secret =
      plain.ends_with(".token") || plain.ends_with(".private_key") || plain.ends_with(".password");
  for (auto& [name, keys] : file) {
    if (name != heading) continue;
    if (is_secret) keys.clear();
    keys[key] = value;
  }
  // What the replaced tables are called.
  for (auto& [name, keys] : file)
    if (name == "[scale_set]" && keys.contains(path)) keys[path] = "\"" + path.substr(0, 1) + "\"";
  return text_of(file);
}

std::string told(std::string const& path, std::string const& value) {
  return mistakes(with(path, value), "/etc");
}

/// The value of the path as `config show` has it; "-" if it is not there or a default.
std::string shown(std::string const& path, std::string const& value) {
  auto const [heading, key] = place_of(path);
  std::string item = heading.starts_with('[') ? heading.substr(1, heading.size() - 2) : heading;
  if (item == "scale_set") item = "scale_set[0]";
  if (item == "scale_set.schedule") item = "scale_set[0].schedule[0]";
  item += (item.empty() ? "" : ".") + key;
  for (Item const& one : items_of(loaded(with(path, value), "/etc")))
    if (one.path == item && one.at.line > 0 && !one.text.empty()) return one.text;
  return "-";
}

/// Values that a key of this type cannot take.
std::vector<std::string> wrong_kinds(KeyInfo const& key) {
  switch (key.type) {
    case Type::boolean: return {"1", R"("true")", "[]", "{}", "2020-01-01"};
    case Type::integer: return {"1.5", R"("1")", "true", "[1]", "{}", "inf"};
    case Type::number: return {R"("1")", "true", "[1]", "{}", "nan", "inf", "1979-05-27T07:32:00Z"};
    case Type::text:
    case Type::path:
    case Type::choice: return {"1", "true", R"("")", R"(["x"])", R"({ x = "x" })"};
    case Type::duration:
      return {"5",         "1.5",      R"("")",     R"("5")", R"("m")",   R"("1 m")",
              R"("1m1h")", R"("-1m")", R"("1.5h")", "true",   R"(["1m"])"};
    case Type::texts: return {R"("x")", "1", "[1]", R"(["x", ""])", R"([["x"]])", "{}"};
    case Type::text_table: return {R"("x")", "1", R"(["x"])", "{ x = [] }"};
    case Type::number_table:
      if (key.rest) return {"-1", "-0.5", "true", R"("")", "[1]", "{}", "nan"};
      return {"1", R"("x")", "[1]", "{ x = true }", "{ x = nan }", "{ x = inf }"};
    case Type::table:
    case Type::named_tables: return {"1", R"("x")", "true", "[]", "2020-01-01"};
    case Type::table_list: return {"1", R"("x")", "{}", "[1]"};
    case Type::name_or_table: break;
  }
  return {"1", "true", R"("")", "[]"};
}

TEST(EveryKey, HasARow) {
  std::set<std::string> with_row;
  for (Row const& row : rows()) EXPECT_TRUE(with_row.insert(row.path).second) << row.path;
  for (auto const& [path, key] : every_key()) EXPECT_EQ(with_row.erase(path), 1U) << path;
  EXPECT_THAT(with_row, ::testing::IsEmpty()) << "there are no such keys";
}

TEST(EveryKey, TakesWhatIsRight) {
  EXPECT_EQ(mistakes(text_of(good_file()), "/etc"), "");
  auto const keys = every_key();
  for (Row const& row : rows()) {
    bool const is_leaf = keys.at(row.path).keys.empty();
    for (auto const& [value, text] : row.good) {
      EXPECT_EQ(told(row.path, value), "") << row.path << " = " << value;
      if (!is_leaf) continue;
      EXPECT_EQ(shown(row.path, value), text.empty() ? value : text) << row.path;
    }
  }
}

TEST(EveryKey, RefusesWhatIsWrongWithItsPlace) {
  for (Row const& row : rows()) {
    auto const place = place_of(row.path);
    for (std::string const& value : row.bad)
      EXPECT_THAT(told(row.path, value), ::testing::MatchesRegex("(f:[0-9]+:[0-9]+: [^\n]+\n)+"))
          << row.path << " = " << value;
  }
}

TEST(EveryKey, RefusesValuesOfOtherKinds) {
  for (auto const& [path, key] : every_key()) {
    std::string const name = place_of(path).second;
    for (std::string const& value : wrong_kinds(key))
      EXPECT_THAT(told(path, value), HasSubstr("\"" + name)) << path << " = " << value;
  }
}

/// A whole number or a time that differs from the limit by `steps`; a number by so many
/// thousandths.
std::string beside(KeyInfo const& key, double limit, int steps) {
  if (key.type == Type::duration)
    return R"(")" + std::to_string(std::llround(limit) + steps) + R"(ms")";
  if (key.type == Type::integer) return std::to_string(std::llround(limit) + steps);
  return write_value(limit + steps * 0.001);
}

TEST(EveryKey, HasTheLimitsOfTheReference) {
  int limits = 0;
  for (auto const& [path, key] : every_key()) {
    bool const has_limits =
        key.type == Type::integer || key.type == Type::number || key.type == Type::duration;
    if (!has_limits) continue;
    std::string const refusal = "\"" + key.name + "\" must be ";
    auto const expect = [&](double limit, int outwards) {
      ++limits;
      EXPECT_THAT(told(path, beside(key, limit, 0)), Not(HasSubstr(refusal))) << path;
      EXPECT_THAT(told(path, beside(key, limit, outwards)), HasSubstr(refusal)) << path;
    };
    expect(key.range.least, -1);
    if (std::isfinite(key.range.most)) expect(key.range.most, 1);
  }
  EXPECT_GT(limits, 30);
}

TEST(EveryKey, IsMissedIfItIsRequired) {
  for (auto const& [path, key] : every_key()) {
    auto const [heading, name] = place_of(path);
    Headings file = good_file();
    for (auto& [its_name, keys] : file)
      if (its_name == heading) keys.erase(name);
    std::string const said = mistakes(text_of(file), "/etc");
    std::string const missing = "\"" + name + "\" is missing in ";
    EXPECT_EQ(said.contains(missing), key.required) << path << ": " << said;
  }
}

TEST(EveryKey, HasADefaultThatItTakes) {
  for (auto const& [path, key] : every_key()) {
    if (key.required || key.fallback.empty() || key.fallback == "[]") continue;
    EXPECT_THAT(told(path, key.fallback), Not(HasSubstr("\"" + key.name + "\" must be "))) << path;
  }
}

// A value that is not repeated by any message cannot be a secret that is.
TEST(EveryKey, NoMessageRepeatsAText) {
  for (auto const& [path, key] : every_key()) {
    if (path.starts_with("scale_set") || path.ends_with("NAME.NAME")) continue;
    for (char const* value : {R"("ghp_0123")", R"(["ghp_0123", 1])", R"({ x = "ghp_0123" })"})
      EXPECT_THAT(told(path, value), Not(HasSubstr("ghp_0123"))) << path << " = " << value;
  }
}

}  // namespace
}  // namespace scaleset::config
