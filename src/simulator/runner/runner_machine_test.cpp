#include "simulator/runner/runner_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "simulator/runner/testing/sample_jit_config.hpp"

namespace scaleset::simulator::pretend {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

/// An action as one line, so that a test can list what it expects.
std::string to_text(Action const& action) {
  if (auto const* print = std::get_if<Print>(&action)) return "print " + print->line;
  if (auto const* send = std::get_if<Send>(&action)) {
    std::string const& url = send->request.url;
    std::string const path = url.substr(0, url.find('?'));
    std::string const status = url.contains("status=Busy") ? " busy" : "";
    return "send " + path.substr(path.rfind('/') + 1) + status;
  }
  if (auto const* wait = std::get_if<Wait>(&action))
    return "wait " + std::to_string(wait->delay.count());
  if (auto const* start = std::get_if<StartJob>(&action)) return "start " + start->job.name;
  if (std::holds_alternative<RemoveSettings>(action)) return "remove settings";
  if (auto const* exit = std::get_if<Exit>(&action)) return "exit " + std::to_string(exit->code);
  return "cancel";
}

std::vector<std::string> to_texts(Actions const& actions) {
  std::vector<std::string> texts;
  for (Action const& action : actions) texts.push_back(to_text(action));
  return texts;
}

using Texts = std::vector<std::string>;

constexpr char const* kOffer =
    R"({"messageId":1,"messageType":"RunnerJobRequest","body":"{\"runner_request_id\":\"r\",\"run_service_url\":\"http://h/run/1/\"}"})";
constexpr char const* kCancellation =
    R"({"messageId":2,"messageType":"JobCancellation","body":"{\"jobId\":\"j\",\"timeout\":\"00:05:00\"}"})";
constexpr char const* kJob = R"({"plan":{"planId":"p"},"jobId":"j","jobDisplayName":"build"})";

class RunnerMachineTest : public ::testing::Test {
 protected:
  Texts answer(Call call, int status, std::string body = "") {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return to_texts(machine.on_answer(call, response, now));
  }
  Texts no_answer(Call call) {
    return to_texts(machine.on_answer(call, fail(ErrorCode::network, "connection refused"), now));
  }
  Texts begin() { return to_texts(machine.begin(now)); }
  Texts stop(StopSignal signal = StopSignal::interrupt) {
    return to_texts(machine.on_stop(signal, now));
  }
  Texts job_ended(std::string conclusion, std::string_view output = "") {
    return to_texts(machine.on_job_ended(std::move(conclusion), output, now));
  }
  void to_session() {
    begin();
    answer(Call::get_token, 200, R"({"access_token":"t"})");
    answer(Call::get_connection_data, 200, "{}");
  }
  void to_listening() {
    to_session();
    answer(Call::create_session, 201, "{}");
  }
  /// Acquires a job that has a place for its log.
  void to_running_with_results() {
    to_listening();
    answer(Call::get_message, 200, kOffer);
    answer(Call::acquire_job, 200,
           R"({"plan":{"planId":"p"},"jobId":"j","jobDisplayName":"build","variables":)"
           R"({"system.github.results_endpoint":{"value":"http://results/"}}})");
  }
  void to_running() {
    to_listening();
    answer(Call::get_message, 200, kOffer);
    answer(Call::acquire_job, 200, kJob);
  }
  void to_completing() {
    to_running();
    job_ended("succeeded");
  }

  static Caller caller() {
    Caller made(read_jit_config(sample_jit_config("http://h")).value());
    made.session_id = "s";
    return made;
  }

  Timestamp now{std::chrono::milliseconds(1'795'449'600'123)};  // 2026-11-23 16:00:00
  ExitHabits habits{.tells_deprecation = true};
  RunnerMachine machine{caller(), habits};
};

TEST_F(RunnerMachineTest, GoesTheWholeWay) {
  EXPECT_THAT(begin(), ElementsAre("send token"));
  EXPECT_THAT(answer(Call::get_token, 200, R"({"access_token":"t"})"),
              ElementsAre("send connectionData"));
  EXPECT_THAT(answer(Call::get_connection_data, 200, "{}"),
              ElementsAre("print ", "print √ Connected to GitHub", "print ", "send session"));
  EXPECT_THAT(answer(Call::create_session, 201, "{}"),
              ElementsAre("print Current runner version: '2.338.0'",
                          "print 2026-11-23 16:00:00Z: Listening for Jobs", "send message"));
  EXPECT_THAT(answer(Call::get_message, 200, kOffer),
              ElementsAre("send acquirejob", "send message busy"));
  EXPECT_THAT(answer(Call::acquire_job, 200, kJob),
              ElementsAre("print 2026-11-23 16:00:00Z: Running job: build", "start build"));
  EXPECT_THAT(to_texts(machine.on_renewal_due(now)), ElementsAre("send renewjob"));
  EXPECT_THAT(answer(Call::renew_job, 200, "{}"), IsEmpty());
  EXPECT_THAT(job_ended("succeeded"), ElementsAre("send completejob"));
  EXPECT_THAT(answer(Call::complete_job, 204),
              ElementsAre("print 2026-11-23 16:00:00Z: Job build completed with result: Succeeded",
                          "send session"));
  EXPECT_THAT(answer(Call::delete_session, 204),
              ElementsAre("print √ Removed .credentials", "print √ Removed .runner",
                          "remove settings", "exit 0"));
  EXPECT_THAT(answer(Call::get_message, 202), IsEmpty()) << "nothing after the end";
}

TEST_F(RunnerMachineTest, WithoutConnectionDataItNeverListens) {
  begin();
  answer(Call::get_token, 200, R"({"access_token":"t"})");
  EXPECT_THAT(answer(Call::get_connection_data, 404), ElementsAre("wait 1000"));
  EXPECT_THAT(to_texts(machine.on_wait_over(Call::get_connection_data, now)),
              ElementsAre("send connectionData"));
}

TEST_F(RunnerMachineTest, WithoutAFirstUrlItGoesToTheBrokerAtOnce) {
  Caller simple = caller();
  simple.settings.first_url.clear();
  machine = RunnerMachine(std::move(simple), habits);
  begin();
  EXPECT_THAT(answer(Call::get_token, 200, R"({"access_token":"t"})"),
              ElementsAre("print ", "print √ Connected to GitHub", "print ", "send session"));
}

TEST_F(RunnerMachineTest, TheLogGoesToTheResultsServiceBeforeTheEndIsReported) {
  to_running_with_results();
  EXPECT_THAT(job_ended("succeeded", "hello\n"), ElementsAre("send WorkflowStepsUpdate"));
  EXPECT_THAT(answer(Call::update_steps, 200), ElementsAre("send GetJobLogsSignedBlobURL"));
  EXPECT_THAT(answer(Call::get_log_url, 200, R"({"logs_url":"http://blob/log?sig=1"})"),
              ElementsAre("send log"));
  EXPECT_THAT(answer(Call::put_log, 201), ElementsAre("send CreateJobLogsMetadata"));
  EXPECT_THAT(answer(Call::describe_log, 200), ElementsAre("send completejob"));
}

TEST_F(RunnerMachineTest, AJobThatWroteNothingHasNoLog) {
  to_running_with_results();
  EXPECT_THAT(job_ended("succeeded"), ElementsAre("send WorkflowStepsUpdate"));
  EXPECT_THAT(answer(Call::update_steps, 500), ElementsAre("send completejob"));
}

TEST_F(RunnerMachineTest, ALogThatCannotBeUploadedIsGivenUp) {
  to_running_with_results();
  job_ended("succeeded", "hello\n");
  EXPECT_THAT(no_answer(Call::update_steps), ElementsAre("send GetJobLogsSignedBlobURL"));
  EXPECT_THAT(answer(Call::get_log_url, 401), ElementsAre("send completejob"));
  EXPECT_THAT(answer(Call::complete_job, 401), Contains(HasSubstr("with result: Succeeded")))
      << "the runner's own token would not help";
}

TEST_F(RunnerMachineTest, AcknowledgesWhereAsked) {
  to_listening();
  std::string offer = kOffer;
  offer.insert(offer.find(R"(\"run_service_url)"), R"(\"should_acknowledge\":true,)");
  EXPECT_THAT(answer(Call::get_message, 200, offer),
              ElementsAre("send acknowledge busy", "send acquirejob", "send message busy"));
  EXPECT_THAT(no_answer(Call::acknowledge), IsEmpty());
}

TEST_F(RunnerMachineTest, OnlyAPollThatWasHeldIsRepeatedAtOnce) {
  to_listening();
  now += std::chrono::seconds(50);
  EXPECT_THAT(answer(Call::get_message, 202), ElementsAre("send message"));
  EXPECT_THAT(answer(Call::get_message, 202), ElementsAre("wait 1000"));
  EXPECT_THAT(to_texts(machine.on_wait_over(Call::get_message, now)), ElementsAre("send message"));
}

TEST_F(RunnerMachineTest, ACancellationEndsTheJob) {
  to_running();
  EXPECT_THAT(answer(Call::get_message, 200, kCancellation),
              ElementsAre("cancel", "send message busy"));
  EXPECT_THAT(answer(Call::get_message, 200, kCancellation), ElementsAre("send message busy"))
      << "it is cancelled once";
  job_ended("canceled");
  EXPECT_THAT(answer(Call::complete_job, 200), Contains(HasSubstr("with result: Canceled")));
}

TEST_F(RunnerMachineTest, ACancellationMayArriveBeforeTheJob) {
  to_listening();
  answer(Call::get_message, 200, kOffer);
  EXPECT_THAT(answer(Call::get_message, 200, kCancellation), ElementsAre("send message busy"));
  EXPECT_THAT(answer(Call::acquire_job, 200, kJob), Contains("cancel"));
}

TEST_F(RunnerMachineTest, CancellationsOfOtherJobsAndUnknownMessagesAreIgnored) {
  to_running();
  for (char const* body : {R"({"messageType":"JobCancellation","body":"{\"jobId\":\"other\"}"})",
                           R"({"messageType":"JobCancellation","body":"rubbish"})",
                           R"({"messageType":"SomethingNew","body":"{}"})", kOffer}) {
    EXPECT_THAT(answer(Call::get_message, 200, body), ElementsAre("send message busy")) << body;
  }
}

TEST_F(RunnerMachineTest, AnOfferThatCannotBeReadIsPassedOver) {
  to_listening();
  EXPECT_THAT(answer(Call::get_message, 200, R"({"messageType":"RunnerJobRequest","body":"{}"})"),
              ElementsAre("send message"));
}

TEST_F(RunnerMachineTest, AJobThatCannotBeAcquiredIsSkipped) {
  for (int const status : {404, 409, 422, 200}) {
    machine = RunnerMachine(caller(), habits);
    to_listening();
    answer(Call::get_message, 200, kOffer);
    EXPECT_THAT(answer(Call::acquire_job, status, "{}"),
                ElementsAre(HasSubstr("Z: Skipping message Job. Job message not found 'r'.")));
    now += std::chrono::seconds(50);
    EXPECT_THAT(answer(Call::get_message, 202), ElementsAre("send message"))
        << "it goes on listening";
  }
}

TEST_F(RunnerMachineTest, StoppedWhileListening) {
  to_listening();
  EXPECT_THAT(stop(), ElementsAre("print Exiting...", "send session"));
  EXPECT_THAT(stop(), IsEmpty());
  EXPECT_THAT(answer(Call::get_message, 200, kOffer), IsEmpty()) << "no new job";
  EXPECT_THAT(answer(Call::delete_session, 404), ElementsAre("exit 0")) << "its settings stay";
}

TEST_F(RunnerMachineTest, StoppedWhileRunning) {
  to_running();
  EXPECT_THAT(stop(), ElementsAre("print Exiting...", "cancel"));
  Actions const report = machine.on_job_ended("canceled", "", now);
  ASSERT_EQ(report.size(), 1U);
  EXPECT_THAT(std::get<Send>(report[0]).request.body, HasSubstr(R"("conclusion":"failed")"));
  EXPECT_THAT(answer(Call::complete_job, 200), Contains(HasSubstr("with result: Canceled")));
  EXPECT_THAT(answer(Call::delete_session, 200), Contains("exit 0"));
}

TEST_F(RunnerMachineTest, TerminatedSilentlyAndWithTheCodeOfTheSignal) {
  to_listening();
  EXPECT_THAT(stop(StopSignal::terminate), ElementsAre("send session"));
  EXPECT_THAT(stop(StopSignal::interrupt), IsEmpty());
  EXPECT_THAT(answer(Call::delete_session, 204), ElementsAre("exit 143"));
  machine = RunnerMachine(caller(), habits);
  to_running();
  EXPECT_THAT(stop(StopSignal::terminate), ElementsAre("cancel"));
  job_ended("canceled");
  answer(Call::complete_job, 204);
  EXPECT_THAT(answer(Call::delete_session, 204), Contains("exit 143"));
  machine = RunnerMachine(caller(), habits);
  begin();
  EXPECT_THAT(stop(StopSignal::terminate), ElementsAre("exit 143"));
}

TEST_F(RunnerMachineTest, TellsTheJobsResultOnRequest) {
  habits.tells_job_result = true;
  for (auto const& [conclusion, code] :
       std::map<std::string, int>{{"succeeded", 100}, {"failed", 102}, {"canceled", 103}}) {
    machine = RunnerMachine(caller(), habits);
    to_running();
    job_ended(conclusion);
    answer(Call::complete_job, 200);
    EXPECT_THAT(answer(Call::delete_session, 200), Contains("exit " + std::to_string(code)));
  }
  machine = RunnerMachine(caller(), habits);
  to_listening();
  stop();
  EXPECT_THAT(no_answer(Call::delete_session), ElementsAre("exit 0")) << "there was no job";
}

TEST_F(RunnerMachineTest, StoppedWhileAcquiring) {
  to_listening();
  answer(Call::get_message, 200, kOffer);
  EXPECT_THAT(stop(), ElementsAre("print Exiting..."));
  EXPECT_THAT(answer(Call::acquire_job, 200, kJob), Contains("cancel"));
}

TEST_F(RunnerMachineTest, StoppedWhileAcquiringInVain) {
  to_listening();
  answer(Call::get_message, 200, kOffer);
  stop();
  EXPECT_THAT(answer(Call::acquire_job, 404), Contains("send session"));
}

TEST_F(RunnerMachineTest, StoppedBeforeAndAfter) {
  begin();
  EXPECT_THAT(stop(), ElementsAre("print Exiting...", "exit 0"));
  EXPECT_THAT(stop(), IsEmpty());
}

TEST_F(RunnerMachineTest, StoppedWhileTheSessionIsBeingMade) {
  to_session();
  EXPECT_THAT(stop(), ElementsAre("print Exiting...", "send session"));
  EXPECT_THAT(answer(Call::create_session, 200, "{}"), IsEmpty());
}

TEST_F(RunnerMachineTest, ADeletedRegistrationEndsIt) {
  to_session();
  EXPECT_THAT(
      answer(Call::create_session, 404, R"({"errorKind":"RunnerNotFound"})"),
      ElementsAre(StartsWith("print Failed to create a session. The runner registration has been "
                             "deleted from the server, please re-configure."),
                  "exit 1"));
}

TEST_F(RunnerMachineTest, ARefusedTokenMeansADeletedRegistration) {
  begin();
  EXPECT_THAT(answer(Call::get_token, 400, R"({"error":"invalid_client"})"),
              ElementsAre(HasSubstr("registration has been deleted"), "exit 1"));
}

TEST_F(RunnerMachineTest, ARegistrationDeletedWhileListeningEndsIt) {
  to_listening();
  EXPECT_THAT(answer(Call::get_message, 404, R"({"errorKind":"RunnerNotFound"})"),
              ElementsAre("print The runner no longer exists on the server. Cleaning up local "
                          "configuration.",
                          "print √ Removed .credentials", "print √ Removed .runner",
                          "remove settings", "exit 0"));
}

TEST_F(RunnerMachineTest, ARegistrationDeletedWhileRunningCancelsTheJob) {
  to_running();
  EXPECT_THAT(answer(Call::get_message, 404, R"({"errorKind":"RunnerNotFound"})"),
              ElementsAre(HasSubstr("no longer exists"), "cancel"));
  EXPECT_THAT(job_ended("canceled"), ElementsAre("send completejob"));
  EXPECT_THAT(answer(Call::complete_job, 404),
              ElementsAre(HasSubstr("with result: Canceled"), "send session"));
}

TEST_F(RunnerMachineTest, ARegistrationThatEndsBeforeTheReportMakesASuccessLookCancelled) {
  to_completing();
  EXPECT_THAT(answer(Call::get_message, 404, R"({"errorKind":"RunnerNotFound"})"),
              ElementsAre(HasSubstr("no longer exists")));
  EXPECT_THAT(answer(Call::complete_job, 204), Contains(HasSubstr("with result: Canceled")));
}

TEST_F(RunnerMachineTest, AnInvalidSessionIsMadeAnew) {
  to_listening();
  EXPECT_THAT(answer(Call::get_message, 404, R"({"errorKind":"RunnerSessionInvalid"})"),
              ElementsAre("send session"));
  EXPECT_THAT(answer(Call::create_session, 200, "{}"), ElementsAre("send message"));
}

TEST_F(RunnerMachineTest, ADeprecatedVersionHasItsOwnExitCodeOnRequest) {
  to_listening();
  std::string const error =
      R"({"errorKind":"RunnerVersionTooOld","errorMessage":"Runner version v2 is deprecated."})";
  EXPECT_THAT(answer(Call::get_message, 403, error),
              ElementsAre("print An error occurred: Runner version v2 is deprecated.", "exit 7"));
  machine = RunnerMachine(caller(), ExitHabits());
  to_listening();
  EXPECT_THAT(answer(Call::get_message, 403, error), Contains("exit 1"));
}

TEST_F(RunnerMachineTest, ASessionConflictIsWaitedOutForFourMinutes) {
  to_session();
  EXPECT_THAT(answer(Call::create_session, 409),
              ElementsAre("print A session for this runner already exists.", "wait 30000"));
  for (int i = 0; i < 7; ++i)
    EXPECT_THAT(answer(Call::create_session, 409), ElementsAre("wait 30000"));
  EXPECT_THAT(answer(Call::create_session, 409), ElementsAre("exit 5"));
}

TEST_F(RunnerMachineTest, OtherRefusalsOfTheSessionEndIt) {
  to_session();
  EXPECT_THAT(answer(Call::create_session, 403),
              ElementsAre("print Failed to create a session. HTTP status 403.", "exit 1"));
}

TEST_F(RunnerMachineTest, WithoutConnectionItTriesAgainAndSaysSoOnce) {
  to_running();
  EXPECT_THAT(no_answer(Call::get_message),
              ElementsAre("print 2026-11-23 16:00:00Z: Runner connect error: connection refused. "
                          "Retrying until reconnected.",
                          "wait 1000"));
  EXPECT_THAT(no_answer(Call::renew_job), IsEmpty()) << "the next one is due in a minute";
  EXPECT_THAT(job_ended("succeeded"), ElementsAre("send completejob"));
  EXPECT_THAT(to_texts(machine.on_wait_over(Call::get_message, now)),
              ElementsAre("send message busy"))
      << "polls go on until the end is reported";
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(no_answer(Call::complete_job), ElementsAre("wait 1000"));
    EXPECT_THAT(to_texts(machine.on_wait_over(Call::complete_job, now)),
                ElementsAre("send completejob"));
  }
  EXPECT_THAT(answer(Call::complete_job, 200),
              ElementsAre("print 2026-11-23 16:00:00Z: Runner reconnected.",
                          HasSubstr("completed with result"), "send session"));
}

TEST_F(RunnerMachineTest, ServerErrorsAreLikeNoConnection) {
  begin();
  for (int const status : {500, 502, 503, 429, 408}) {
    EXPECT_THAT(answer(Call::get_token, status), Contains("wait 1000")) << status;
    EXPECT_THAT(to_texts(machine.on_wait_over(Call::get_token, now)), ElementsAre("send token"));
  }
  EXPECT_THAT(answer(Call::get_token, 200, R"({"access_token":"t"})"),
              AllOf(Contains(HasSubstr("reconnected")), Contains("send connectionData")));
}

TEST_F(RunnerMachineTest, AnExpiredTokenIsRenewedOnceForAllCalls) {
  to_running();
  EXPECT_THAT(answer(Call::get_message, 401), ElementsAre("wait 1000"));
  EXPECT_THAT(answer(Call::get_message, 401), IsEmpty());
  EXPECT_THAT(answer(Call::renew_job, 401), IsEmpty()) << "that is the job's token";
  EXPECT_THAT(to_texts(machine.on_wait_over(Call::get_token, now)), ElementsAre("send token"));
  EXPECT_THAT(answer(Call::get_token, 200, R"({"access_token":"t2"})"),
              ElementsAre("send message busy", "send message busy"));
}

TEST_F(RunnerMachineTest, TheEndOfTheSessionNeedsNoAnswer) {
  to_completing();
  answer(Call::complete_job, 200);
  EXPECT_THAT(no_answer(Call::delete_session), Contains("exit 0"));
}

TEST_F(RunnerMachineTest, LateAnswersDoNotDisturb) {
  to_completing();
  EXPECT_THAT(answer(Call::get_message, 200, kCancellation), ElementsAre("send message busy"));
  EXPECT_THAT(answer(Call::acquire_job, 200, kJob), IsEmpty());
  EXPECT_THAT(answer(Call::create_session, 200), IsEmpty());
  EXPECT_THAT(to_texts(machine.on_renewal_due(now)), IsEmpty());
  EXPECT_THAT(job_ended("failed"), IsEmpty());
  EXPECT_THAT(answer(Call::complete_job, 200), Contains(HasSubstr("Succeeded")));
}

TEST_F(RunnerMachineTest, AJobsNameCannotForgeALine) {
  to_listening();
  answer(Call::get_message, 200, kOffer);
  EXPECT_THAT(answer(Call::acquire_job, 200,
                     R"({"plan":{"planId":"p"},"jobId":"j","jobDisplayName":"a\nb"})"),
              AllOf(Contains(HasSubstr("Running job: a b")), Not(Contains(HasSubstr("\n")))));
}

}  // namespace
}  // namespace scaleset::simulator::pretend
