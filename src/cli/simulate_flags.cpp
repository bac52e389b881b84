#include "cli/simulate_flags.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/regular_file.hpp"
#include "base/whole_number.hpp"
#include "cli/choice_flag.hpp"
#include "cli/number_flag.hpp"
#include "cli/seconds_flag.hpp"
#include "simulator/model/option_table.hpp"

namespace scaleset::cli {
namespace json = boost::json;
namespace {

void add_service_flags(CLI::App& command, SimulateArguments& arguments) {
  simulator::ModelOptions& model = arguments.options.model;
  for (simulator::TimeOption const& option : simulator::time_options()) {
    add_seconds(command, "--" + std::string(option.name), model.*option.field,
                "Seconds " + std::string(option.help))
        ->group("Times of the service");
  }
  for (simulator::SwitchOption const& option : simulator::switch_options()) {
    command
        .add_flag("--" + std::string(option.name), model.*option.field, std::string(option.help))
        ->group("Behaviour of the service");
  }
}

void add_place_flags(CLI::App& command, SimulateArguments& arguments) {
  command.add_option("--listen", arguments.listen,
                     "HOST:PORT to listen on; port 0 stands for any free one [127.0.0.1:0]");
  CLI::Option* const tls =
      command.add_flag("--tls", arguments.options.tls,
                       "Use HTTPS, with a certificate authority of its own, which --state keeps");
  command
      .add_option("--tls-ca-file", arguments.options.tls_ca_file,
                  "File to write the authority's certificate to (PEM), for clients to trust")
      ->needs(tls);
  command
      .add_flag("--tls-expired-leaf", arguments.options.tls_expired_leaf,
                "Use a certificate that expired yesterday")
      ->needs(tls);
  command.add_option(
      "--ready-file", arguments.ready_file,
      "File to write when the simulator listens: a JSON object with all URLs and settings");
}

Result<void> read_listen(SimulateArguments& arguments) {
  std::string const& listen = arguments.listen;
  auto const colon = listen.rfind(':');
  bool usable = colon != std::string::npos && colon > 0;
  if (usable) {
    arguments.options.address = listen.substr(0, colon);
    if (arguments.options.address.starts_with('[') && arguments.options.address.ends_with(']'))
      arguments.options.address = arguments.options.address.substr(1, colon - 2);
    auto const port = base::whole_number<std::uint16_t>(listen.substr(colon + 1));
    usable = port.has_value();
    arguments.options.port = port.value_or(0);
  }
  if (usable) return {};
  return fail(ErrorCode::invalid_argument,
              "--listen \"" + listen +
                  "\" is not of the form HOST:PORT, such as 127.0.0.1:0 (0: any free port)");
}

Result<simulator::App> read_app(std::string const& text) {
  auto const equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return fail(ErrorCode::invalid_argument,
                "--app \"" + text + "\" is not of the form ID=FILE, such as Iv1.abc=app.pem");
  }
  std::string const file = text.substr(equals + 1);
  Result<std::string> const pem = base::read_regular_file(file);
  if (!pem) return fail(ErrorCode::invalid_argument, "--app: " + pem.error().message);
  Result<base::RsaPublicKey> key = base::RsaPublicKey::from_pem(*pem);
  if (!key) return fail(ErrorCode::invalid_argument, "--app: " + file + ": " + key.error().message);
  return simulator::App{text.substr(0, equals), std::move(*key), {}};
}

}  // namespace

void add_simulate_flags(CLI::App& command, SimulateArguments& arguments) {
  add_place_flags(command, arguments);
  add_choice(command, "--profile", {"broker", "acquire"}, arguments.profile,
             "Which service to play: broker (github.com) or acquire (GitHub Enterprise Server) "
             "[broker]");
  command.add_option(
      "--state", arguments.options.state_file,
      "File to keep all data in; started again with it, the simulator continues with that data");
  add_choice(command, "--clock", {"wall", "virtual"}, arguments.clock,
             "wall: real time; virtual: time that moves only by POST /_sim/clock/advance [wall]");
  add_number(command, "--seed", {}, arguments.options.seed,
             "Seed of the random numbers; with the same seed, every run has the same ids");
  command
      .add_option(
          "--group", arguments.options.model.extra_groups,
          "Name of a runner group besides Default; may be repeated; the first one has the id 3")
      ->take_all();
  command
      .add_option("--app", arguments.apps,
                  "ID=FILE: a GitHub App and its key, public or private (PEM); may be repeated. "
                  "If there is none, every well-formed App JWT is accepted, whoever signed it")
      ->take_all();
  add_service_flags(command, arguments);
}

std::vector<Error> finish_arguments(SimulateArguments& arguments) {
  std::vector<Error> problems;
  simulator::SimulatorOptions& options = arguments.options;
  if (auto listen = read_listen(arguments); !listen) problems.push_back(std::move(listen.error()));
  options.model.profile =
      arguments.profile == "acquire" ? simulator::Profile::acquire : simulator::Profile::broker;
  options.virtual_clock = arguments.clock == "virtual";
  for (std::string const& text : arguments.apps) {
    Result<simulator::App> app = read_app(text);
    if (app)
      options.apps.push_back(*std::move(app));
    else
      problems.push_back(std::move(app.error()));
  }
  return problems;
}

json::object ready_json(SimulateArguments const& arguments, std::string const& url) {
  json::object config_urls;
  config_urls["organization"] = url + "/my-org";
  config_urls["repository"] = url + "/my-org/my-repository";
  config_urls["enterprise"] = url + "/enterprises/my-enterprise";
  json::object body;
  body["url"] = url;
  body["api"] = url + "/api/v3";
  body["configUrls"] = std::move(config_urls);
  body["control"] = url + "/_sim";
  body["caFile"] = nullptr;
  if (!arguments.options.tls_ca_file.empty())
    body["caFile"] = std::filesystem::absolute(arguments.options.tls_ca_file).string();
  body["profile"] = arguments.profile;
  body["clock"] = arguments.clock;
  body["pid"] = ::getpid();
  body["options"] = simulator::options_json(arguments.options.model);
  return body;
}

}  // namespace scaleset::cli
