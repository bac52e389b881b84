#include "protocol/wire/url_join.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using ::testing::HasSubstr;

std::string const kSets = "_apis/runtime/runnerscalesets";

std::string joined(std::string_view base, std::string_view path = kSets,
                   base::QueryParameters const& query = {}) {
  auto const url = join_service_url(base, path, query);
  return url ? *url : "error: " + url.error().message;
}

TEST(JoinServiceUrl, FollowsTheReference) {
  base::QueryParameters const by_name{{"runnerGroupId", "1"}, {"name", "n"}};
  std::string const found =
      "https://h/rest/_apis/runtime/runnerscalesets?api-version=6.0-preview&name=n&runnerGroupId=1";
  EXPECT_EQ(joined("https://h/rest", "/" + kSets, by_name), found);
  EXPECT_EQ(joined("https://h/rest/", kSets, by_name), found);
  EXPECT_EQ(joined("https://h"), "https://h/_apis/runtime/runnerscalesets?api-version=6.0-preview");
  EXPECT_EQ(joined("https://h/rest", "_apis/runtime/runnergroups/", {{"groupName", "g"}}),
            "https://h/rest/_apis/runtime/runnergroups/?api-version=6.0-preview&groupName=g");
}

TEST(JoinServiceUrl, CleansThePath) {
  std::string const tail = "/_apis/runtime/runnerscalesets?api-version=6.0-preview";
  EXPECT_EQ(joined("https://h//t//u/"), "https://h/t/u" + tail);
  EXPECT_EQ(joined("https://h/a/../b"), "https://h/b" + tail);
  EXPECT_EQ(joined("https://h/../../b/."), "https://h/b" + tail);
  EXPECT_EQ(joined("https://h/a%2Fb/"), "https://h/a%2Fb" + tail);
  EXPECT_EQ(joined("https://h/a b"), "https://h/a%20b" + tail);
  EXPECT_EQ(joined("https://h/t#frag"), "https://h/t" + tail);
}

TEST(JoinServiceUrl, MergesTheQuery) {
  EXPECT_EQ(joined("https://h/t/?x=1&api-version=7"),
            "https://h/t/_apis/runtime/runnerscalesets?api-version=7&x=1");
  EXPECT_EQ(joined("https://h/t?api-version="),
            "https://h/t/_apis/runtime/runnerscalesets?api-version=6.0-preview");
  EXPECT_EQ(joined("https://h/t?name=base&name=again", kSets, {{"name", "n"}}),
            "https://h/t/_apis/runtime/runnerscalesets?api-version=6.0-preview&name=n");
}

TEST(JoinServiceUrl, RefusesWhatIsNoHttpUrl) {
  for (std::string const base : {"", "h/rest", "ftp://h/", "file:///etc/passwd", "https://h:x/"}) {
    auto const url = join_service_url(base, kSets, {});
    ASSERT_FALSE(url.has_value()) << base;
    EXPECT_EQ(url.error().code, ErrorCode::malformed_response);
    EXPECT_THAT(url.error().message, HasSubstr("unusable URL of its Actions service"));
  }
}

TEST(PollUrl, AddsTheCursorOnlyWhenThereIsOne) {
  EXPECT_EQ(poll_url("https://b/scalesets/message", MessageId{0}), "https://b/scalesets/message");
  EXPECT_EQ(poll_url("https://b/scalesets/message", MessageId{-3}), "https://b/scalesets/message");
  EXPECT_EQ(poll_url("https://b/scalesets/message", MessageId{100000001}),
            "https://b/scalesets/message?lastMessageId=100000001");
  EXPECT_EQ(poll_url("http://h:81", MessageId{9}), "http://h:81?lastMessageId=9");
}

TEST(PollUrl, KeepsAnUntouchedQueryAndReencodesAnExtendedOne) {
  std::string const queue = "https://h/t/messages?sessionId=abc&x=1%202";
  EXPECT_EQ(poll_url(queue, MessageId{0}), queue);
  EXPECT_EQ(poll_url(queue, MessageId{9}),
            "https://h/t/messages?lastMessageId=9&sessionId=abc&x=1+2");
  EXPECT_EQ(poll_url("https://h/m?lastMessageId=4", MessageId{9}), "https://h/m?lastMessageId=9");
}

TEST(MessageUrl, PutsTheIdBehindThePath) {
  EXPECT_EQ(message_url("https://b/scalesets/message", MessageId{100000001}),
            "https://b/scalesets/message/100000001");
  EXPECT_EQ(message_url("https://h/t/messages/?sessionId=abc&x=1%202", MessageId{9}),
            "https://h/t/messages/9?sessionId=abc&x=1%202");
  EXPECT_EQ(message_url("http://h:81", MessageId{1}), "http://h:81/1");
}

TEST(QueueUrls, RefuseAnEmptyQueueUrl) {
  for (auto const& url : {poll_url("", MessageId{9}), message_url("", MessageId{9})}) {
    ASSERT_FALSE(url.has_value());
    EXPECT_EQ(url.error().code, ErrorCode::malformed_response);
    EXPECT_THAT(url.error().message, HasSubstr("message queue"));
  }
}

}  // namespace
}  // namespace scaleset::protocol
