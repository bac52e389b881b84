#include "config/testing/key_rows.hpp"

#include <algorithm>
#include <string_view>

#include "config/keys.hpp"

namespace scaleset::config::testing {
namespace {

std::vector<Row> rows_of_process() {
  return {
      {"state_dir", {{R"("/srv")"}, {R"("state")", R"("/etc/state")"}}, {R"("a\rb")"}},
      {"on_stop", {{R"("detach")"}, {R"("drain")"}}, {R"("Drain")", R"("stop")"}},
      {"drain_timeout", {{R"("1s")"}, {R"("90m")", R"("1h30m")"}}, {R"("0s")", R"("11y")"}},
      {"log", {{R"({ level = "warn" })"}, {"{}"}}, {R"({ levle = "warn" })"}},
      {"log.level",
       {{R"("debug")"}, {R"("info")"}, {R"("warn")"}, {R"("error")"}},
       {R"("trace")", R"("INFO")"}},
      {"log.format", {{R"("text")"}, {R"("json")"}}, {R"("xml")"}},
  };
}

std::vector<Row> rows_of_credentials() {
  return {
      {"credential", {{R"({ c = { token = { env = "T" } } })"}}, {R"({ c = 1 })"}},
      {"credential.NAME.token",
       {{R"({ file = "t" })"}, {R"({ command = "c" })"}, {R"({ env = "T" })"}},
       {"{}", R"({ file = "t", env = "T" })", R"({ path = "t" })"}},
      {"credential.NAME.token.file", {{R"("/t")"}, {R"("../u")", R"("/u")"}}, {}},
      {"credential.NAME.token.command", {{R"("gh auth token")"}}, {R"("a\u0000b")"}},
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
  };
}

std::vector<Row> rows_of_templates_and_budgets() {
  return {
      {"template", {{R"({ t = { runner_dir = "r" } })"}}, {R"({ t = [] })"}},
      {"template.NAME.backend", {{R"("process")"}}, {R"("docker-compose")"}},
      {"template.NAME.runner_dir", {{R"("/r")"}, {R"("r")", R"("/etc/r")"}}, {R"("C:\runner")"}},
      {"template.NAME.work_dir", {{R"("/w")"}}, {}},
      {"template.NAME.work_folder",
       {{R"("_work")"}, {R"("w/x")"}},
       {R"("/w")", R"("../w")", R"("w/../..")"}},
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
  };
}

std::vector<Row> rows_of_scale_sets() {
  return {
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
}

}  // namespace

std::vector<Row> const& rows() {
  static auto const all = [] {
    std::vector<Row> joined;
    for (auto const& part : {rows_of_process(), rows_of_credentials(),
                             rows_of_templates_and_budgets(), rows_of_scale_sets()})
      joined.insert(joined.end(), part.begin(), part.end());
    return joined;
  }();
  return all;
}

namespace {

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

}  // namespace

std::map<std::string, KeyInfo> every_key() {
  std::map<std::string, KeyInfo> found;
  add_keys("", infos_of<DaemonConfig>(), found);
  return found;
}

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

namespace {

bool is_below(std::string const& heading, std::string const& table) {
  std::string const plain = heading.starts_with('[') ? heading.substr(1) : heading;
  return plain.starts_with(table) &&
         (plain.size() == table.size() || std::string_view(".]").contains(plain[table.size()]));
}

}  // namespace

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

}  // namespace scaleset::config::testing
