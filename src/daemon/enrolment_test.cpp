#include "daemon/enrolment.hpp"

#include <gmock/gmock.h>

#include "client/testing/client_fixture.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_response;
using ::testing::Not;
using testing::run_task;
using ::testing::StartsWith;

using Names = std::vector<std::string>;

SetSettings wanting(Names labels) {
  SetSettings wanted;
  wanted.url = "https://github.com/my-org";
  wanted.name = "linux";
  wanted.labels = std::move(labels);
  return wanted;
}

ScaleSet having(Names const& labels, bool updates_off = true) {
  ScaleSet found;
  found.id = ScaleSetId{5};
  found.name = "linux";
  for (auto const& label : labels) found.labels.emplace_back(label);
  found.disable_update = updates_off;
  return found;
}

Names label_names(ScaleSetUpdate const& update) {
  Names names;
  if (!update.labels) return names;
  for (Label const& label : *update.labels) names.push_back(label.name);
  return names;
}

// What differs.

TEST(Difference, IsEmptyWhereTheLabelsAreTheSame) {
  struct Case {
    Names wanted;
    Names found;
  };
  for (auto const& [wanted, found] : {
           Case{{"linux"}, {"linux"}},
           Case{{"gpu", "linux"}, {"linux", "gpu"}},    // in another order
           Case{{"GPU", "Linux"}, {"gpu", "linux"}},    // in another case
           Case{{"gpu"}, {"GPU"}},                      // the other way round
           Case{{"gpu", "GPU", "gpu"}, {"gpu"}},        // given more than once
           Case{{"gpu"}, {"gpu", "Gpu"}},               // had more than once
           Case{{"b", "A", "c"}, {"C", "B", "a", "A"}}  // all of that
       }) {
    auto const differs = difference(wanting(wanted), having(found));
    EXPECT_TRUE(differs.empty()) << differs.text;
    EXPECT_FALSE(differs.update.labels);
    EXPECT_FALSE(differs.update.disable_update);
  }
}

TEST(Difference, LabelsThatNobodyWantsAreNotCompared) {
  EXPECT_TRUE(difference(wanting({}), having({"whatever"})).empty());
  EXPECT_TRUE(difference(wanting({}), having({})).empty());
}

TEST(Difference, NamesTheLabelsThatThereAreAndThoseThatShouldBe) {
  struct Case {
    Names wanted;
    Names found;
    std::string text;
  };
  for (auto const& [wanted, found, text] : {
           Case{{"gpu"}, {"linux"}, "its labels are linux and should be gpu"},
           Case{{"gpu"}, {"gpu", "linux"}, "its labels are gpu, linux and should be gpu"},
           Case{{"gpu", "linux"}, {"gpu"}, "its labels are gpu and should be gpu, linux"},
           Case{{"GPU"}, {"linux", "big"}, "its labels are linux, big and should be GPU"},
           Case{{"gpu"}, {}, "its labels are none and should be gpu"},
           Case{{"gpus"}, {"gpu"}, "its labels are gpu and should be gpus"},
       }) {
    auto const differs = difference(wanting(wanted), having(found));
    EXPECT_EQ(differs.text, text);
    EXPECT_EQ(label_names(differs.update), wanted) << "as they were given";
    EXPECT_FALSE(differs.update.disable_update);
    EXPECT_FALSE(differs.update.name);
    EXPECT_FALSE(differs.update.group);
  }
}

TEST(Difference, UpdatesMustBeOff) {
  auto const differs = difference(wanting({}), having({"linux"}, false));
  EXPECT_EQ(differs.text, "its runners may update themselves and should not");
  EXPECT_EQ(differs.update.disable_update, true);
  EXPECT_FALSE(differs.update.labels);
}

TEST(Difference, NamesBothInOneSentence) {
  auto const differs = difference(wanting({"gpu"}), having({"linux"}, false));
  EXPECT_EQ(differs.text,
            "its labels are linux and should be gpu; its runners may update themselves and should "
            "not");
  EXPECT_THAT(label_names(differs.update), ElementsAre("gpu"));
  EXPECT_EQ(differs.update.disable_update, true);
}

// What is done about it.

std::string listing(Names const& elements) {
  std::string text;
  for (auto const& element : elements) text += (text.empty() ? "" : ",") + element;
  return R"({"count":)" + std::to_string(elements.size()) + R"(,"value":[)" + text + "]}";
}

std::string set_body(int id, Names const& labels, bool updates_off = true, int group = 1) {
  std::string text;
  for (auto const& label : labels)
    text += (text.empty() ? "" : ",") + (R"({"name":")" + label + "\"}");
  return R"({"id":)" + std::to_string(id) + R"(,"name":"linux","runnerGroupId":)" +
         std::to_string(group) + R"(,"runnerGroupName":"Group )" + std::to_string(group) +
         R"(","labels":[)" + text + R"(],"RunnerSetting":{"disableUpdate":)" +
         (updates_off ? "true" : "false") + "}}";
}

/// A service that answers with these bodies, and keeps what it was asked to change.
class EnrolmentTest : public async::ClientTest {
 protected:
  EnrolmentTest() {
    answer = [this](HttpRequest const& request) { return answer_admin(request); };
    options.hooks.log = log;
  }

  Result<Enrolled> enrol_as(bool ours) { return enrol_as(ours ? ScaleSetId{5} : ScaleSetId{}); }
  Result<Enrolled> enrol_as(ScaleSetId ours) { return enrol_as(KnownScaleSet{ours, false}); }
  Result<Enrolled> enrol_as(KnownScaleSet known) {
    auto& api = client ? *client : make();
    BeforeCreation note = [this] { return note_creation(); };
    return run_task(context, enrol(&api, &wanted, known, note, base::Logger(log, "daemon")));
  }
  /// What the log says, without what is only for debugging.
  Names lines() const {
    auto all = log->lines();
    std::erase_if(all, [](std::string const& line) { return line.starts_with("debug "); });
    return all;
  }
  Names lines_of(std::string const& level) const {
    auto all = lines();
    std::erase_if(all, [&](std::string const& line) { return !line.starts_with(level + " "); });
    return all;
  }

  SetSettings wanted = wanting({"gpu"});
  Names found;  // the answers to the look-ups, the first one first; then none is found
  HttpResponse created = make_response(200, set_body(5, {"gpu"}));
  HttpResponse updated = make_response(200, set_body(5, {"gpu"}));
  HttpResponse everything = make_response(200, listing({}));  // all scale sets
  Names groups;
  Names changes;  // method and body
  std::shared_ptr<testing::RecordingLogSink> log = std::make_shared<testing::RecordingLogSink>();

  std::optional<Error> note_error;  // what happens when a creation is to be written down

 private:
  Task<void> note_creation() {
    changes.emplace_back("note");
    if (note_error) co_return std::unexpected(*note_error);
    co_return Result<void>();
  }
  HttpResponse answer_admin(HttpRequest const& request) {
    if (request.method == HttpMethod::patch || request.method == HttpMethod::post) {
      changes.push_back(std::string(to_string(request.method)) + " " + request.body);
      return request.method == HttpMethod::patch ? updated : created;
    }
    if (request.url.find("/runnergroups/") != std::string::npos)
      return make_response(200, listing(groups));
    if (request.url.find("&name=") == std::string::npos) return everything;
    if (found.empty()) return make_response(200, listing({}));
    auto const body = listing({found.front()});
    found.erase(found.begin());
    return make_response(200, body);
  }
};

TEST_F(EnrolmentTest, OneThatIsAsWantedIsLeftAlone) {
  for (bool const ours : {true, false}) {
    found = {set_body(5, {"GPU"})};
    auto const enrolled = enrol_as(ours);
    ASSERT_TRUE(enrolled) << enrolled.error().to_string();
    EXPECT_EQ(enrolled->scale_set.id, ScaleSetId{5});
    EXPECT_EQ(enrolled->ours, ours);
  }
  EXPECT_THAT(changes, IsEmpty());
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(EnrolmentTest, OneThatIsOursGetsTheLabels) {
  found = {set_body(5, {"linux"})};
  auto const enrolled = enrol_as(true);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_TRUE(enrolled->ours);
  ASSERT_EQ(enrolled->scale_set.labels.size(), 1U);
  EXPECT_EQ(enrolled->scale_set.labels.front().name, "gpu") << "as the service has it now";
  EXPECT_THAT(changes, ElementsAre(R"(PATCH {"labels":[{"type":"System","name":"gpu"}]})"));
  EXPECT_THAT(lines(),
              ElementsAre("info daemon: changed the settings of the scale set name=linux id=5 "
                          "difference=its labels are linux and should be gpu"));
}

TEST_F(EnrolmentTest, OneThatIsNotOursIsServedAsItIs) {
  found = {set_body(5, {"linux"})};
  auto const enrolled = enrol_as(false);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_EQ(enrolled->scale_set.id, ScaleSetId{5});
  EXPECT_FALSE(enrolled->ours);
  EXPECT_THAT(changes, IsEmpty());
  EXPECT_THAT(lines(),
              ElementsAre(AllOf(StartsWith("warn daemon: "), HasSubstr("--adopt would change it"),
                                HasSubstr("its labels are linux and should be gpu"))));
}

TEST_F(EnrolmentTest, AnotherOneOfTheSameNameIsNotOurs) {
  found = {set_body(5, {"linux"})};
  auto const enrolled = enrol_as(ScaleSetId{4});
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_FALSE(enrolled->ours);
  EXPECT_THAT(changes, IsEmpty());
}

TEST_F(EnrolmentTest, AdoptMakesItOurs) {
  wanted.adopt = true;
  found = {set_body(5, {"linux"})};
  auto const enrolled = enrol_as(false);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_TRUE(enrolled->ours);
  EXPECT_THAT(changes, ElementsAre(R"(PATCH {"labels":[{"type":"System","name":"gpu"}]})"));
  EXPECT_THAT(lines_of("warn"), IsEmpty());
}

TEST_F(EnrolmentTest, UpdatesOfOneThatIsNotOursAreRefused) {
  // With labels that differ it is the updates that count.
  for (Names const& labels : {Names{"gpu"}, Names{"linux"}}) {
    found = {set_body(5, labels, false)};
    auto const enrolled = enrol_as(false);
    ASSERT_FALSE(enrolled);
    EXPECT_EQ(enrolled.error().code, ErrorCode::invalid_options);
    EXPECT_THAT(enrolled.error().message,
                AllOf(HasSubstr("scale set \"linux\" (id 5)"), HasSubstr("--adopt")));
    EXPECT_FALSE(enrolled.error().transient());
  }
  EXPECT_THAT(changes, IsEmpty());
}

TEST_F(EnrolmentTest, UpdatesOfOneThatIsOursAreSwitchedOff) {
  found = {set_body(5, {"gpu"}, false)};
  auto const enrolled = enrol_as(true);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_TRUE(enrolled->scale_set.disable_update);
  EXPECT_THAT(changes, ElementsAre(AllOf(StartsWith("PATCH "), HasSubstr(R"("disableUpdate":true)"),
                                         Not(HasSubstr("labels")))));
}

TEST_F(EnrolmentTest, AdoptSwitchesUpdatesOff) {
  wanted.adopt = true;
  found = {set_body(5, {"linux"}, false)};
  auto const enrolled = enrol_as(false);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_TRUE(enrolled->ours);
  EXPECT_THAT(changes,
              ElementsAre(AllOf(HasSubstr(R"("disableUpdate":true)"), HasSubstr(R"("gpu")"))));
}

TEST_F(EnrolmentTest, OneThatIsNotThereIsCreated) {
  auto const enrolled = enrol_as(false);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_EQ(enrolled->scale_set.id, ScaleSetId{5});
  EXPECT_TRUE(enrolled->ours);
  EXPECT_THAT(
      changes,
      ElementsAre("note", AllOf(StartsWith("POST "), HasSubstr(R"("name":"linux")"),
                                HasSubstr(R"("gpu")"), HasSubstr(R"("disableUpdate":true)"))));
  EXPECT_TRUE(enrolled->created);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(EnrolmentTest, OneThatSomebodyElseCreatedMeanwhileIsNotOurs) {
  created = make_response(
      409, R"({"typeName":"GitHub.Actions.Runtime.WebApi.RunnerScaleSetExistsException"})");
  // It appears between the look-up and the attempt to create it.
  answer = [this, usual = answer](HttpRequest const& request) {
    if (request.method == HttpMethod::post) found = {set_body(9, {"theirs"})};
    return usual(request);
  };
  auto const enrolled = enrol_as(false);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_EQ(enrolled->scale_set.id, ScaleSetId{9});
  EXPECT_FALSE(enrolled->ours);
  EXPECT_THAT(changes, Not(Contains(StartsWith("PATCH ")))) << "its labels stay";
  EXPECT_THAT(lines_of("warn"), ElementsAre(HasSubstr("its labels are theirs and should be gpu")));
  EXPECT_THAT(lines_of("info"), IsEmpty()) << "it was not created here";
}

TEST_F(EnrolmentTest, OneThatWeWereAboutToCreateIsOursIfItIsAsWeWouldHaveCreatedIt) {
  struct Case {
    Names wanted;
    Names found;
    bool updates_off;
    bool ours;
  };
  for (auto const& [labels, body_labels, updates_off, ours] :
       {Case{{"gpu"}, {"GPU"}, true, true}, Case{{}, {"linux"}, true, true},
        Case{{}, {"theirs"}, true, false}, Case{{"gpu"}, {"gpu", "theirs"}, true, false}}) {
    wanted.labels = labels;
    found = {set_body(5, body_labels, updates_off)};
    auto const enrolled = enrol_as(KnownScaleSet{ScaleSetId{}, true});
    ASSERT_TRUE(enrolled) << enrolled.error().to_string();
    EXPECT_EQ(enrolled->ours, ours);
  }
  EXPECT_THAT(changes, IsEmpty());
}

TEST_F(EnrolmentTest, ACreationIsWrittenDownBeforeItIsAskedFor) {
  ASSERT_TRUE(enrol_as(false));
  EXPECT_THAT(changes, ElementsAre("note", StartsWith("POST ")));
}

TEST_F(EnrolmentTest, NothingIsCreatedThatCannotBeWrittenDown) {
  note_error = Error(ErrorCode::io, "the disk is full");
  auto const enrolled = enrol_as(false);
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code, ErrorCode::io);
  EXPECT_THAT(changes, ElementsAre("note"));
}

TEST_F(EnrolmentTest, NamesakesInOtherGroupsAreReported) {
  everything = make_response(
      200, listing({set_body(5, {"gpu"}), set_body(8, {"gpu"}, true, 3),
                    R"({"id":6,"name":"windows","runnerGroupId":3,"runnerGroupName":"Group 3"})",
                    R"({"id":7,"name":"LINUX","runnerGroupId":4,"runnerGroupName":"Group 4"})"}));
  ASSERT_TRUE(enrol_as(false));
  EXPECT_THAT(lines_of("warn"),
              ElementsAre(AllOf(HasSubstr("exists in another runner group"),
                                HasSubstr("name=linux id=8 group=Group 3 group_id=3")),
                          HasSubstr("name=LINUX id=7 group=Group 4 group_id=4")));
}

TEST_F(EnrolmentTest, NamesakesAreNotLookedForWhileMoreAreEnrolledThanMayBeAtATime) {
  everything = make_response(200, listing({set_body(8, {"gpu"}, true, 3)}));
  KnownScaleSet known;
  known.in_a_crowd = true;
  auto const enrolled = enrol_as(known);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_TRUE(enrolled->created);
  EXPECT_THAT(lines_of("warn"), IsEmpty());
}

TEST_F(EnrolmentTest, WhereNamesakesCannotBeListedTheScaleSetIsServedAllTheSame) {
  everything = make_response(404);
  auto const enrolled = enrol_as(false);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_TRUE(enrolled->ours);
  EXPECT_THAT(lines_of("warn"), IsEmpty());
}

TEST_F(EnrolmentTest, AServiceThatKeepsTheOldLabelsIsReported) {
  found = {set_body(5, {"linux"})};
  updated = make_response(200, set_body(5, {"linux"}));
  auto const enrolled = enrol_as(true);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_THAT(lines_of("warn"),
              ElementsAre(AllOf(HasSubstr("the service did not take over all settings"),
                                HasSubstr("its labels are linux and should be gpu"))));
}

TEST_F(EnrolmentTest, ARefusedChangeIsAnError) {
  found = {set_body(5, {"linux"})};
  updated = make_response(403, R"({"message":"no"})");
  auto const enrolled = enrol_as(true);
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code, ErrorCode::forbidden);
  EXPECT_EQ(enrolled.error().operation, "UpdateScaleSet");
}

TEST_F(EnrolmentTest, ARefusedCreationIsAnError) {
  created = make_response(403, R"({"message":"no"})");
  auto const enrolled = enrol_as(false);
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().operation, "CreateScaleSet");
  EXPECT_THAT(lines(), IsEmpty());
}

// The group.

TEST_F(EnrolmentTest, TheDefaultGroupIsNotLookedUp) {
  for (char const* const name : {"default", "Default", "DEFAULT"}) {
    wanted.group = name;
    found = {set_body(5, {"gpu"})};
    ASSERT_TRUE(enrol_as(true)) << name;
    EXPECT_THAT(targets(), Not(Contains(HasSubstr("/runnergroups/"))));
    EXPECT_THAT(targets(), Contains(HasSubstr("&name=linux&runnerGroupId=1")));
  }
}

TEST_F(EnrolmentTest, AGroupIsLookedUpByItsName) {
  wanted.group = "big ones";
  groups = {R"({"id":7,"name":"Big Ones"})"};
  found = {set_body(5, {"gpu"}, true, 7)};
  ASSERT_TRUE(enrol_as(true));
  EXPECT_THAT(targets(), Contains(HasSubstr("&groupName=big+ones")));
  EXPECT_THAT(targets(), Contains(HasSubstr("&name=linux&runnerGroupId=7")));
}

TEST_F(EnrolmentTest, AMissingGroupIsAnErrorThatSaysHowToListThem) {
  wanted.group = "gone";
  auto const enrolled = enrol_as(true);
  ASSERT_FALSE(enrolled);
  EXPECT_EQ(enrolled.error().code, ErrorCode::not_found);
  EXPECT_THAT(enrolled.error().message,
              AllOf(HasSubstr("\"gone\""), HasSubstr("`scaleset group list`"),
                    Not(HasSubstr("--runner-group-id"))));
  EXPECT_THAT(changes, IsEmpty());
}

TEST_F(EnrolmentTest, AMissingGroupThatLooksLikeAnIdSaysHowToGiveOne) {
  wanted.group = "3";
  auto const enrolled = enrol_as(true);
  ASSERT_FALSE(enrolled);
  EXPECT_THAT(enrolled.error().message,
              AllOf(HasSubstr("no runner group \"3\""), HasSubstr("--runner-group-id")));
}

TEST_F(EnrolmentTest, AGroupThatIsGivenByItsIdIsNotLookedUp) {
  wanted.group = "gone";
  wanted.group_id = RunnerGroupId{7};
  created = make_response(200, set_body(5, {"gpu"}, true, 7));
  auto const enrolled = enrol_as(false);
  ASSERT_TRUE(enrolled) << enrolled.error().to_string();
  EXPECT_THAT(targets(), Not(Contains(HasSubstr("/runnergroups/"))));
  EXPECT_THAT(changes, Contains(HasSubstr(R"("runnerGroupId":7)")));
}

Error answered(ErrorCode code, int status, std::string exception = "") {
  Error error(code, "the service answered");
  error.http_status = status;
  if (!exception.empty()) {
    ServiceReply reply;
    reply.server_exception = std::move(exception);
    error.set_reply(std::move(reply));
  }
  return error;
}

TEST(IsRefusal, WhatWasGivenIsWrong) {
  EXPECT_TRUE(is_refusal(answered(ErrorCode::unauthorized, 401)));
  EXPECT_TRUE(is_refusal(answered(ErrorCode::forbidden, 403)));
  EXPECT_TRUE(is_refusal(Error(ErrorCode::not_found, "there is no such runner group")));
  EXPECT_TRUE(is_refusal(Error(ErrorCode::invalid_private_key, "the key cannot be read")));
  EXPECT_TRUE(is_refusal(answered(ErrorCode::bad_request, 400, "ArgumentException")));
  EXPECT_TRUE(is_refusal(answered(ErrorCode::unexpected_status, 422, "ArgumentException")));
}

TEST(IsRefusal, WhatSomethingOnTheWayMayHaveAnsweredIsNone) {
  EXPECT_FALSE(is_refusal(answered(ErrorCode::bad_request, 400)));
  EXPECT_FALSE(is_refusal(answered(ErrorCode::unexpected_status, 422)));
  EXPECT_FALSE(is_refusal(answered(ErrorCode::not_found, 404)));
  EXPECT_FALSE(is_refusal(answered(ErrorCode::unexpected_status, 302)));
  EXPECT_FALSE(is_refusal(answered(ErrorCode::unexpected_status, 501)));
  EXPECT_FALSE(is_refusal(answered(ErrorCode::server_error, 503)));
  EXPECT_FALSE(is_refusal(answered(ErrorCode::malformed_response, 200)));
  EXPECT_FALSE(is_refusal(Error(ErrorCode::tls_verification, "the certificate is not trusted")));
  EXPECT_FALSE(is_refusal(Error(ErrorCode::proxy_authentication, "the proxy wants a password")));
}

}  // namespace
}  // namespace scaleset::daemon
