#include <set>

#include "base/files.hpp"
#include "simulator/front/routing.hpp"
#include "simulator/front/testing/small_front.hpp"

/// docs/simulator/openapi.json is held against the routes, and its examples are executed.
namespace scaleset::simulator {
namespace {

using namespace testing;
using http::ServerResponse;
namespace json_ = boost::json;

json_::object const& document() {
  static json_::object const parsed = [] {
    return json_::parse(base::read_file(SCALESET_OPENAPI).value()).as_object();
  }();
  return parsed;
}

json_::object const& operation_at(std::string const& method, std::string const& path) {
  std::string lower_method;
  for (char const letter : method)
    lower_method += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return document().at("paths").as_object().at(path).as_object().at(lower_method).as_object();
}

struct Example {
  std::string method;
  std::string path;
};
std::ostream& operator<<(std::ostream& out, Example const& example) {
  return out << example.method << " " << example.path;
}

std::vector<Example> all_examples() {
  std::vector<Example> examples;
  for (auto const& [path, methods] : document().at("paths").as_object()) {
    for (auto const& [method, operation] : methods.as_object()) {
      Example example;
      for (char const letter : method)
        example.method += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
      example.path = path;
      examples.push_back(std::move(example));
    }
  }
  return examples;
}

/// "/a/{name}/b" becomes "/a/{}/b".
std::string without_names(std::string path) {
  for (std::size_t open = path.find('{'); open != std::string::npos;
       open = path.find('{', open + 1))
    path.erase(open + 1, path.find('}', open) - open - 1);
  return path;
}

TEST(OpenApi, HasTheRoutesThatAreServedAndNoOthers) {
  std::set<std::string> served;
  for (ServedRoute const& route : served_routes())
    served.insert(route.method + " " + route.path + " " + std::string(route.operation.name));
  std::set<std::string> described;
  for (auto const& [method, path] : all_examples())
    described.insert(method + " " + without_names(path) + " " +
                     std::string(operation_at(method, path).at("x-operation").as_string()));
  for (std::string const& route : served)
    EXPECT_TRUE(described.contains(route)) << "not in docs/simulator/openapi.json: " << route;
  for (std::string const& route : described)
    EXPECT_TRUE(served.contains(route)) << "not served: " << route;
}

TEST(OpenApi, NamesEveryOperationOnce) {
  std::set<std::string_view> ids;
  for (auto const& [method, path] : all_examples()) {
    std::string_view const id = operation_at(method, path).at("operationId").as_string();
    EXPECT_TRUE(ids.insert(id).second) << id;
  }
}

/// Empty: both have the same keys and types all the way down. Null goes with anything.
std::string difference(json_::value const& one, json_::value const& other,
                       std::string const& where = "") {
  if (one.is_null() || other.is_null()) return "";
  if (one.is_number() && other.is_number()) return "";
  if (one.kind() != other.kind()) return where + " is of another type";
  if (one.is_array() && !one.as_array().empty() && !other.as_array().empty())
    return difference(one.as_array()[0], other.as_array()[0], where + "/0");
  if (!one.is_object()) return "";
  for (auto const& [key, value] : one.as_object()) {
    json_::value const* const match = other.as_object().if_contains(key);
    if (match == nullptr) return where + "/" + std::string(key) + " is missing on one side";
    std::string found = difference(value, *match, where + "/" + std::string(key));
    if (!found.empty()) return found;
  }
  return one.as_object().size() == other.as_object().size() ? "" : where + " has other keys";
}

class OpenApiExample : public SmallFront, public ::testing::TestWithParam<Example> {
 protected:
  OpenApiExample() : SmallFront(profile()) {
    prepare();
    if (profile() == Profile::acquire) values["messageId"] = "1";
    Tenant const& tenant = *front.live.model.find_tenant("my-org");
    values["runId"] = std::to_string(tenant.jobs.begin()->second.facts.workflow_run_id);
    values["publicKeyPem"] =
        json_::serialize(json_::value(front.credentials.runner_key.pem().reveal()));
    values["publicKeyPem"] = values["publicKeyPem"].substr(1, values["publicKeyPem"].size() - 2);
    if (profile() == Profile::broker) values["serviceId"] = tenant.service_id;
    bool const needs_offer =
        GetParam().path.starts_with("/run/") || GetParam().path == "/broker/acknowledge";
    if (needs_offer) offer_job();
    if (profile() == Profile::broker) values["signature"] = signature();
  }
  static Profile profile() {
    return operation_at(GetParam().method, GetParam().path).contains("x-profile") ? Profile::acquire
                                                                                  : Profile::broker;
  }
  void offer_job() {
    json_::value const offer =
        json(call("GET", "/broker/message?sessionId=" + values["runnerSessionId"],
                  "Bearer " + values["runnerToken"]));
    values["jobMessageId"] = text(json_::parse(text(offer, "/body")), "/runner_request_id");
  }
  /// Of the URL to which the job's log is uploaded.
  std::string signature() {
    std::string const url =
        text(json(call("POST", "/twirp/results.services.receiver.Receiver/GetJobLogsSignedBlobURL",
                       "Bearer " + values["jobToken"],
                       R"({"workflow_job_run_backend_id":")" + values["jobId"] + R"("})")),
             "/logs_url");
    return url.substr(url.find("sig=") + 4);
  }
  /// With what is in this run in the place of what the file has.
  std::string live(std::string text) const {
    for (auto const& [name, literal] : document().at("x-live").as_object()) {
      auto const value = values.find(name);
      if (value == values.end()) continue;
      for (std::size_t place = text.find(literal.as_string()); place != std::string::npos;
           place = text.find(literal.as_string(), place + value->second.size()))
        text.replace(place, literal.as_string().size(), value->second);
    }
    return text;
  }
  std::string authorization(json_::object const& operation) {
    json_::array const& security = operation.at("security").as_array();
    if (security.empty()) return "";
    std::string const scheme(security.at(0).as_object().begin()->key());
    if (scheme == "user") return "Bearer PAT";
    if (scheme == "registrationToken") return "RemoteAuth " + values[scheme];
    if (scheme == "appJwt") return "Bearer " + app_jwt();
    return "Bearer " + values[scheme];
  }
  std::string app_jwt() const {
    std::int64_t const now = std::chrono::floor<std::chrono::seconds>(front.live.time.loop_now())
                                 .time_since_epoch()
                                 .count();
    return base::make_jwt(front.credentials.runner_key, R"({"iss":"Iv1.abc","iat":)" +
                                                            std::to_string(now) + R"(,"exp":)" +
                                                            std::to_string(now + 300) + "}");
  }
  std::string body_of(json_::object const& operation) {
    if (json_::value const* const source = operation.if_contains("x-body-from"))
      return execute(std::string(source->as_string())).body;
    json_::value const* const body = operation.if_contains("requestBody");
    if (body == nullptr) return "";
    auto const& [type, content] = *body->at("content").as_object().begin();
    json_::value const& example = content.at("example");
    return live(example.is_string() ? std::string(example.as_string()) : json_::serialize(example));
  }
  ServerResponse execute(std::string const& method_and_path) {
    std::size_t const space = method_and_path.find(' ');
    return execute(method_and_path.substr(0, space), method_and_path.substr(space + 1));
  }
  ServerResponse execute(std::string const& method, std::string const& path) {
    json_::object const& operation = operation_at(method, path);
    std::string target = path;
    std::string query;
    HeaderList headers;
    json_::value const* const parameters = operation.if_contains("parameters");
    for (json_::value const& parameter : parameters ? parameters->as_array() : json_::array()) {
      std::string const name = text(parameter, "/name");
      std::string const value = live(text(parameter, "/example"));
      std::string const place = text(parameter, "/in");
      if (place == "header") headers.emplace_back(name, value);
      if (place == "query") query += (query.empty() ? "?" : "&") + name + "=" + value;
      if (place == "path") target.replace(target.find("{" + name + "}"), name.size() + 2, value);
    }
    if (profile() == Profile::acquire && target.starts_with("/rest/"))
      target = service_path + target.substr(5);
    return call(method, target + query, authorization(operation), body_of(operation), headers);
  }
};

TEST_P(OpenApiExample, IsAnsweredAsTheFileSays) {
  json_::object const& operation = operation_at(GetParam().method, GetParam().path);
  if (json_::value const* const before = operation.if_contains("x-before")) {
    for (json_::value const& step : before->as_array()) {
      ServerResponse const response = execute(std::string(step.as_string()));
      ASSERT_LT(response.status, 300) << step << ": " << response.body;
    }
  }
  ServerResponse const response = execute(GetParam().method, GetParam().path);
  json_::object const& responses = operation.at("responses").as_object();
  auto const& [status, described] = *responses.begin();
  ASSERT_EQ(std::to_string(response.status), std::string(status)) << response.body;
  json_::value const* const content = described.as_object().if_contains("content");
  ASSERT_EQ(content == nullptr, response.body.empty())
      << "ACTUAL\t" << GetParam().method << '\t' << GetParam().path << '\t' << response.status
      << '\t' << response.body;
  if (content == nullptr) return;
  auto const& [type, example] = *content->as_object().begin();
  EXPECT_EQ(header(response, "Content-Type").substr(0, type.size()), std::string_view(type));
  if (type != "application/json") return;
  EXPECT_EQ(difference(example.at("example"), json(response)), "") << response.body;
}

INSTANTIATE_TEST_SUITE_P(All, OpenApiExample, ::testing::ValuesIn(all_examples()),
                         [](auto const& one) {
                           return test_name(one.param.method, one.param.path);
                         });

}  // namespace
}  // namespace scaleset::simulator
