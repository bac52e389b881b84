#include "simulator/front/parts/transcript.hpp"

#include "base/base64.hpp"
#include "simulator/front/testing/small_front.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace json_ = boost::json;

http::ServerRequest request(std::string body, HeaderList headers = {}) {
  http::ServerRequest made;
  made.method = "POST";
  made.target = "/x?y=%20";
  made.headers = std::move(headers);
  made.body = std::move(body);
  return made;
}

void add(Transcript& transcript, std::string body, std::int64_t second = 0) {
  transcript.add("get_message", request(std::move(body)), {},
                 Timestamp(std::chrono::seconds(second)), std::chrono::milliseconds(3));
}

std::vector<json_::value> lines_of(std::string const& text) {
  std::vector<json_::value> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t const end = text.find('\n', begin);
    lines.push_back(json_::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

TEST(Transcript, KeepsEverythingButSecretsByteForByte) {
  Transcript transcript;
  http::ServerResponse response;
  response.status = 201;
  response.headers = {{"A", "1"}, {"a", "2"}};
  response.body = "{ \"token\" : \"SECRET\",\n \"n\":1.50 }";
  std::string const long_text(10000, 'x');
  transcript.add("get_message",
                 request(long_text, {{"Authorization", "Bearer S"}, {"X-Y", " as  sent"}}),
                 response, Timestamp(std::chrono::seconds(1)), std::chrono::milliseconds(7));
  json_::value const line = lines_of(transcript.text()).at(0);
  EXPECT_EQ(line.at("target"), "/x?y=%20");
  EXPECT_EQ(line.at("requestBody"), json_::value(long_text));
  EXPECT_EQ(json_::serialize(line.at("requestHeaders")),
            R"([["Authorization","Bearer ***"],["X-Y"," as  sent"]])");
  EXPECT_EQ(line.at("responseBody"), "{ \"token\" : \"***\",\n \"n\":1.50 }");
  EXPECT_EQ(json_::serialize(line.at("responseHeaders")), R"([["A","1"],["a","2"]])");
  EXPECT_EQ(line.at("number"), 1);
  EXPECT_EQ(line.at("time"), "1970-01-01T00:00:01Z");
  EXPECT_EQ(line.at("durationMilliseconds"), 7);
  TranscriptQuery query;
  query.secrets = true;
  EXPECT_THAT(transcript.text(query), AllOf(HasSubstr("Bearer S"), HasSubstr("SECRET")));
}

TEST(Transcript, HidesSecretsWhereverTheyAre) {
  EXPECT_EQ(redacted_body(R"([{"a":{"encodedJITConfig":"JIT"}},{"Token":"T"}])"),
            R"([{"a":{"encodedJITConfig":"***"}},{"Token":"***"}])");
  EXPECT_EQ(redacted_body(R"({"token":"a\u0062c"})"), "***") << "the secret has an escape in it";
  EXPECT_EQ(redacted_body("grant_type=x&client_assertion=ABC"),
            "client_assertion=%2A%2A%2A&grant_type=x");
  EXPECT_EQ(redacted_body("\xEF\xBB\xBF{\"token\":\"abc\"}"), "\xEF\xBB\xBF{\"token\":\"***\"}");
  EXPECT_EQ(redacted_body(R"({"token":17,"messageQueueAccessToken":""})"),
            R"({"token":17,"messageQueueAccessToken":""})");
  EXPECT_EQ(redacted_authorization("Bearer a b"), "Bearer ***");
  EXPECT_EQ(redacted_authorization("abc"), "***");
}

TEST(Transcript, HoldsBodiesThatAreNotUtf8) {
  Transcript transcript;
  std::string const bytes = "\xff\xc3\x28";
  transcript.add("get_message", request(bytes, {{"H\xe9", "\xe9"}}), {}, {}, {});
  add(transcript, "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  auto const lines = lines_of(transcript.text());
  EXPECT_EQ(lines.at(0).at("requestBody"), "?\?(");
  EXPECT_EQ(lines.at(0).at("requestBodyBase64"), json_::value(base::base64_encode(bytes)));
  EXPECT_EQ(json_::serialize(lines.at(0).at("requestHeaders")), R"([["H?","?"]])");
  EXPECT_FALSE(lines.at(1).as_object().contains("requestBodyBase64"));
}

TEST(Transcript, ForgetsTheOldestAndSaysSo) {
  Transcript by_number(2);
  for (std::string const body : {"one", "two", "three"}) add(by_number, body);
  EXPECT_EQ(by_number.dropped(), 1);
  EXPECT_THAT(by_number.text(), AllOf(StartsWith(R"({"number":2,)"), Not(HasSubstr("one"))));
  Transcript by_size(1000, 4096);
  for (int i = 0; i < 5; ++i) add(by_size, std::string(1500, 'x'));
  EXPECT_EQ(by_size.dropped(), 3);
  add(by_size, std::string(100000, 'y'));
  EXPECT_EQ(lines_of(by_size.text()).size(), 1U) << "the latest is always there";
  by_size.clear();
  EXPECT_EQ(by_size.text(), "");
  EXPECT_EQ(by_size.dropped(), 0);
}

class TranscriptRoute : public SmallFront, public ::testing::Test {};

TEST_F(TranscriptRoute, IsFiltered) {
  prepare();
  call("POST", "/_sim/clock/advance", "", R"({"seconds":1})");
  poll();
  auto const lines = [&](std::string const& query) {
    return lines_of(call("GET", "/_sim/transcript?" + query).body);
  };
  std::size_t const all = lines("").size();
  EXPECT_EQ(lines("operation=get_message").size(), 2U);
  EXPECT_EQ(lines("since=2026-11-23T16:00:01Z").size(), 1U);
  EXPECT_EQ(lines("since=" + std::to_string(all - 1)).size(), 1U);
  EXPECT_EQ(lines("since=2026-11-23T16:00:00Z&operation=get_message").size(), 2U);
  EXPECT_THAT(call("GET", "/_sim/transcript").body, Not(HasSubstr(values["queueToken"])));
  EXPECT_THAT(call("GET", "/_sim/transcript?secrets=show").body, HasSubstr(values["queueToken"]));
  EXPECT_EQ(header(call("GET", "/_sim/transcript"), "X-Transcript-Dropped"), "0");
  for (std::string const query : {"operation=nothing", "since=soon", "secrets=all"})
    EXPECT_EQ(call("GET", "/_sim/transcript?" + query).status, 400) << query;
  EXPECT_EQ(call("DELETE", "/_sim/transcript").status, 204);
  EXPECT_EQ(call("GET", "/_sim/transcript").body, "");
}

/// A transcript is enough to repeat what happened: the same calls get the same answers.
TEST_F(TranscriptRoute, CanBeReplayed) {
  prepare();
  admin("GET", "?name=set");
  json_::value const line =
      lines_of(call("GET", "/_sim/transcript?operation=find_scale_set&secrets=show").body).back();
  http::ServerRequest again;
  again.method = text(line, "/method");
  again.target = text(line, "/target");
  again.body = text(line, "/requestBody");
  for (json_::value const& pair : line.at("requestHeaders").as_array())
    again.headers.emplace_back(text(pair, "/0"), text(pair, "/1"));
  EXPECT_EQ(socketless.answer(again).body, text(line, "/responseBody"));
}

}  // namespace
}  // namespace scaleset::simulator
