package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/actions/scaleset"

	"scaleset.test/conformance/internal/simulator"
	"scaleset.test/conformance/internal/transcript"
)

// document holds the table of differences that have a reason.
const document = "../../../docs/differences.md"

// TestTranscript: GitHub's client and libscaleset make the same calls, each to a simulator of its own that was started
// with the same seed. What arrived may differ only as docs/differences.md says, and all that it says must still be so.
func TestTranscript(t *testing.T) {
	text := must(os.ReadFile(document))(t)
	table := must(transcript.ReadTable(string(text)))(t)
	var mutex sync.Mutex
	var all []transcript.Difference
	t.Run("calls", func(t *testing.T) {
		forEachProfile(t, func(t *testing.T, profile string) {
			for _, with := range []credentials{pat, app} {
				t.Run(string(with), func(t *testing.T) {
					t.Parallel()
					golang := record(t, profile, func(url string) { makeTheCalls(t, newClient(t, url, with), profile) })
					ours := record(t, profile, func(url string) { letLibscalesetMakeThem(t, url, profile, with) })
					found := must(transcript.Compare(golang, ours))(t)
					mutex.Lock()
					defer mutex.Unlock()
					all = append(all, found...)
				})
			}
		})
	})
	if t.Failed() {
		return
	}
	undocumented, stale := transcript.Judge(all, table)
	for _, difference := range undocumented {
		t.Errorf("not in %s:\n%s", document, difference)
	}
	for _, row := range stale {
		t.Errorf("%s tells of a difference that there is not:\n%s", document, row.Difference)
	}
}

// record gives what a client sent. All that happens at the simulator is prepared before it begins: a job waits, and
// the first poll finds its token expired. The empty poll is held for long enough that no message comes after it.
func record(t *testing.T, profile string, calls func(url string)) []transcript.Request {
	t.Helper()
	s := simulator.Start(t, "--profile", profile, "--seed", "7", "--hold-time", "3")
	s.QueueJobs(simulator.Jobs{Tenant: "my-org", Labels: []string{"one"}})
	s.AddFault(simulator.Fault{Route: "get_message", Status: 401, Count: 1})
	calls(s.URL + "/my-org")
	var requests []transcript.Request
	tokens := transcript.NewTokens()
	for _, exchange := range s.Transcript() {
		request := readExchange(t, exchange, s.URL)
		for i, header := range request.Headers {
			if strings.EqualFold(header[0], "Authorization") {
				request.Headers[i][1] = tokens.Hide(header[1])
			}
		}
		tokens.HandedOut(exchange.Operation, exchange.ResponseBody)
		requests = append(requests, request)
	}
	if len(requests) == 0 {
		t.Fatal("nothing arrived")
	}
	return requests
}

// readExchange puts HOST where the simulator's port is, which is another each time.
func readExchange(t *testing.T, exchange simulator.Exchange, url string) transcript.Request {
	t.Helper()
	neutral := func(text string) string { return strings.ReplaceAll(text, strings.TrimPrefix(url, "http://"), "HOST") }
	headers := exchange.RequestHeaders
	for i := range headers {
		headers[i][1] = neutral(headers[i][1])
	}
	body := neutral(exchange.RequestBody)
	for i := range headers {
		if strings.EqualFold(headers[i][0], "Content-Length") { // a port may have four digits or five
			headers[i][1] = fmt.Sprint(must(strconv.Atoi(headers[i][1]))(t) + len(body) - len(exchange.RequestBody))
		}
	}
	return transcript.Request{Operation: exchange.Operation, Method: exchange.Method, Target: neutral(exchange.Target), Headers: headers, Body: body}
}

func letLibscalesetMakeThem(t *testing.T, url, profile string, with credentials) {
	t.Helper()
	program := os.Getenv("TEST_TRANSCRIPT_CLIENT")
	if program == "" {
		t.Fatal("TEST_TRANSCRIPT_CLIENT must name the program; tests/conformance/run.py sets it")
	}
	arguments := []string{url, profile}
	if with == app {
		file := filepath.Join(t.TempDir(), "key.pem")
		check(t, os.WriteFile(file, []byte(appKey(t)), 0o600))
		arguments = append(arguments, file)
	}
	if output, err := exec.CommandContext(contextOf(t), program, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// makeTheCalls does what transcript_client.cpp does.
func makeTheCalls(t *testing.T, client *scaleset.Client, profile string) {
	t.Helper()
	ctx := contextOf(t)
	must(client.GetRunnerScaleSet(ctx, 1, "a+b"))(t)
	set := must(client.CreateRunnerScaleSet(ctx, &scaleset.RunnerScaleSet{
		Name: "my set", RunnerGroupID: 1, Labels: []scaleset.Label{{Name: "one"}, {Name: "two<&>"}},
		RunnerSetting: scaleset.RunnerSetting{DisableUpdate: true},
	}))(t)
	must(client.GetRunnerScaleSet(ctx, 1, "my set"))(t)
	must(client.GetRunnerScaleSetByID(ctx, set.ID))(t)
	must(client.UpdateRunnerScaleSet(ctx, set.ID, &scaleset.RunnerScaleSet{Labels: []scaleset.Label{{Name: "one"}}}))(t)
	must(client.GetRunnerGroupByName(ctx, "default"))(t)
	runner := generate(t, client, set.ID, "runner-1").Runner
	must(client.GetRunner(ctx, runner.ID))(t)
	must(client.GetRunnerByName(ctx, runner.Name))(t)
	expect(t, failure(client.GetRunner(ctx, 4711)), scaleset.RunnerNotFoundError)
	makeTheSessionsCalls(t, must(client.MessageSessionClient(ctx, set.ID, "host <1>"))(t), profile)
	check(t, client.RemoveRunner(ctx, int64(runner.ID)))
	check(t, client.DeleteRunnerScaleSet(ctx, set.ID))
}

func makeTheSessionsCalls(t *testing.T, session *scaleset.MessageSessionClient, profile string) {
	t.Helper()
	ctx := contextOf(t)
	next := func(last int) *scaleset.RunnerScaleSetMessage {
		message := must(session.GetMessage(ctx, last, 3))(t)
		if message == nil {
			t.Fatal("the message did not come before the poll's end")
		}
		check(t, session.DeleteMessage(ctx, message.MessageID))
		return message
	}
	message := next(0)
	if profile == "acquire" {
		must(session.AcquireJobs(ctx, []int64{message.JobAvailableMessages[0].RunnerRequestID}))(t)
		message = next(message.MessageID)
	}
	equal(t, "the number of assigned jobs", len(message.JobAssignedMessages), 1)
	if more := must(session.GetMessage(ctx, message.MessageID, 0))(t); more != nil {
		t.Fatalf("the last poll found %+v", more)
	}
	check(t, session.Close(ctx))
}
