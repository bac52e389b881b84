package conformance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/actions/scaleset"

	"scaleset.test/conformance/internal/simulator"
	"scaleset.test/conformance/internal/transcript"
)

// outcome is what came of one call, and how often the service was asked.
type outcome struct {
	says     string // part of "ok ..." or of the error's text
	lacks    string // no part of it; empty: anything may be
	requests int    // to the case's route
	body     string // of the last of them; empty: whatever it is
}

// difference is a row of the second table of docs/differences.md that shows in a single call.
type difference struct {
	row          string
	call         string // what both do: a name in golangCalls, and single_call's argument
	fault        simulator.Fault
	jobs         int    // wait in the queue
	route        string // whose requests are counted
	url          string // instead of the simulator's
	arguments    []string
	golang, ours outcome
}

const unknownRunner = 4711

var differences = []difference{
	{row: "W-1", call: "find_scale_set", route: "find_scale_set",
		fault:  simulator.Fault{Status: 200, Body: `{"count":1,"value":[]}`, Count: 1},
		golang: outcome{says: "panic: runtime error: index out of range", requests: 1},
		ours:   outcome{says: "ok my-set", requests: 2}}, // refused as malformed, and asked again
	{row: "W-7", call: "get_scale_set", route: "get_scale_set",
		fault:  simulator.Fault{Status: 500, Body: "upstream is down", Count: 5},
		golang: outcome{says: "giving up after 5 attempt(s)", lacks: "500", requests: 5},
		ours:   outcome{says: "the service answered 500 (internal server error): upstream is down", requests: 5}},
	{row: "W-8", call: "generate_jit_config", route: "generate_jit_config",
		fault:  simulator.Fault{Drop: "after", Count: 1},
		golang: outcome{says: "runner exists", requests: 2},
		ours:   outcome{says: "network: ", requests: 1}},
	{row: "W-9", call: "open_session", route: "create_session",
		fault:  simulator.Fault{Status: 200, Body: "{}", Count: 2},
		golang: outcome{says: "ok opened", requests: 1},
		ours:   outcome{says: "malformed_response: ", requests: 2}},
	{row: "W-10", call: "poll", route: "create_session",
		fault:  simulator.Fault{Route: "get_message", Kind: "session_eviction", Count: 1},
		golang: outcome{says: "failed to refresh message session", requests: 1},
		ours:   outcome{says: "ok nothing", requests: 2}},
	{row: "W-12", call: "poll", route: "get_message",
		fault:  simulator.Fault{Kind: "empty_body", Count: 1},
		golang: outcome{says: "EOF", requests: 1},
		ours:   outcome{says: "ok nothing", requests: 1}},
	{row: "W-13", call: "get_scale_set", route: "get_scale_set",
		fault:  simulator.Fault{Status: 403, Headers: map[string]string{"Retry-After": "0"}, Count: 1},
		golang: outcome{says: `status="403 Forbidden"`, requests: 1},
		ours:   outcome{says: "ok my-set", requests: 2}},
	{row: "W-14", call: "new_client", url: "github.com/org",
		golang: outcome{says: "ok made"}, ours: outcome{says: "invalid_config_url: "}},
	{row: "user in the URL", call: "new_client", url: "https://user:password@github.com/org",
		golang: outcome{says: "ok made"}, ours: outcome{says: "invalid_config_url: ", lacks: "password@"}},
	{row: "W-15", call: "get_scale_set", route: "get_scale_set",
		fault:  simulator.Fault{Status: 400, Headers: map[string]string{"Content-Type": "text/plain"}, Body: strings.Repeat("x", 5000) + "THE END", Count: 1},
		golang: outcome{says: "THE END", requests: 1},
		ours:   outcome{says: "the service answered 400 (bad request): xxx", lacks: "THE END", requests: 1}},
	{row: "W-19", call: "poll_below_zero", route: "get_message",
		golang: outcome{says: `status="400 Bad Request"`, requests: 1},
		ours:   outcome{says: "invalid_argument: ", requests: 0}},
	{row: "W-21", call: "get_scale_set", route: "get_scale_set",
		fault:  simulator.Fault{Kind: "token_expired", Count: 1},
		golang: outcome{says: "InvalidTokenException", requests: 1},
		ours:   outcome{says: "ok my-set", requests: 2}},
	{row: "W-24", call: "poll", route: "get_message", jobs: 1,
		fault:  simulator.Fault{Kind: "numeric_job_id", Count: 1},
		golang: outcome{says: "cannot unmarshal number", requests: 1},
		ours:   outcome{says: "ok 1 jobs", requests: 1}},
	{row: "unknown runner group", call: "find_runner_group", route: "find_runner_group",
		golang: outcome{says: "no runner group found", requests: 1},
		ours:   outcome{says: "ok nothing", requests: 1}},
	{row: "null for a scale set", call: "get_scale_set", route: "get_scale_set",
		fault:  simulator.Fault{Status: 200, Body: "null", Count: 1},
		golang: outcome{says: "ok nothing", requests: 1},
		ours:   outcome{says: "scale_set_not_found: ", requests: 1}},
	{row: "a list without a count", call: "find_scale_set", route: "find_scale_set",
		fault:  simulator.Fault{Status: 200, Body: `{"value":[{"id":1,"name":"my-set"}]}`, Count: 1},
		golang: outcome{says: "ok nothing", requests: 1},
		ours:   outcome{says: "ok my-set", requests: 1}},
	{row: "removing what is gone", call: "remove_runner", route: "remove_runner",
		fault:  simulator.Fault{Status: 404, Body: `{"typeName":"X.AgentNotFoundException, X","message":"gone"}`, Count: 1},
		golang: outcome{says: "runner not found", requests: 1},
		ours:   outcome{says: "ok removed", requests: 1}},
	{row: "closing twice", call: "close_twice", route: "delete_session",
		golang: outcome{says: "RunnerScaleSetSessionExpiredException", requests: 2},
		ours:   outcome{says: "ok closed", requests: 2}},
	{row: "acquiring nothing", call: "acquire_nothing", route: "acquire_jobs", arguments: []string{"--profile", "acquire"},
		fault:  simulator.Fault{Status: 200, Body: `{"count":0,"value":[]}`, Count: 1},
		golang: outcome{says: "ok 0 jobs", requests: 1, body: "null"},
		ours:   outcome{says: "ok 0 jobs", requests: 1, body: "[]"}},
	{row: "unknown job messages", call: "poll", route: "get_message", jobs: 1,
		fault:  simulator.Fault{Kind: "unknown_job_message", Count: 1},
		golang: outcome{says: "ok 1 jobs", requests: 1},
		ours:   outcome{says: "ok 3 jobs", requests: 1}},
	{row: "unknown messages", call: "poll", route: "get_message", jobs: 1,
		fault:  simulator.Fault{Kind: "unknown_message_type", Count: 1},
		golang: outcome{says: "unsupported message type", requests: 1},
		ours:   outcome{says: "ok 1 jobs", requests: 1}},
	{row: "times without a zone, empty times", call: "poll", route: "get_message", jobs: 1,
		fault:  simulator.Fault{Kind: "zoneless_times", Count: 1},
		golang: outcome{says: "parsing time", requests: 1},
		ours:   outcome{says: "ok 1 jobs", requests: 1}},
	{row: "a message without an id", call: "poll", route: "get_message",
		fault:  simulator.Fault{Status: 200, Body: `{"messageType":"RunnerScaleSetJobMessages"}`, Count: 1},
		golang: outcome{says: "ok 0 jobs", requests: 1},
		ours:   outcome{says: "malformed_response: ", requests: 1}},
	{row: "408", call: "get_scale_set", route: "get_scale_set",
		fault:  simulator.Fault{Status: 408, Count: 1},
		golang: outcome{says: `status="408 Request Timeout"`, requests: 1},
		ours:   outcome{says: "ok my-set", requests: 2}},
	{row: "undecodable answers", call: "get_scale_set", route: "get_scale_set",
		fault:  simulator.Fault{Status: 200, Body: "no JSON", Count: 1},
		golang: outcome{says: "invalid character", requests: 1},
		ours:   outcome{says: "ok my-set", requests: 2}},
	{row: "polls", call: "poll", route: "get_message",
		fault:  simulator.Fault{Status: 503, Headers: map[string]string{"Retry-After": "0"}, Count: 1},
		golang: outcome{says: "ok nothing", requests: 2},
		ours:   outcome{says: "server_error: ", requests: 1}},
	{row: "tokens that expire soon", call: "get_twice", route: "admin_connection",
		fault:  simulator.Fault{Kind: "token_short_ttl", TTLSeconds: 5},
		golang: outcome{says: "ok my-set", requests: 2},
		ours:   outcome{says: "ok my-set", requests: 1}},
}

// TestDifferences holds the rows of the second table of docs/differences.md that show in a single call: both clients
// make it, each to a simulator of its own in the same trouble.
func TestDifferences(t *testing.T) {
	for _, d := range differences {
		t.Run(d.row, func(t *testing.T) {
			t.Parallel()
			d.golang.compare(t, d, "Go", callGolang)
			d.ours.compare(t, d, "libscaleset", callLibscaleset)
		})
	}
}

// TestDifferencesAreDocumented: the table names this test in every row that is held here, and in no other.
func TestDifferencesAreDocumented(t *testing.T) {
	text := must(os.ReadFile(document))(t)
	documented := transcript.RowsHeldBy(string(text), "conformance/TestDifferences")
	held := []string{redirectRow}
	for _, d := range differences {
		held = append(held, d.row)
	}
	slices.Sort(documented)
	slices.Sort(held)
	if !slices.Equal(documented, held) {
		t.Fatalf("%s has the rows\n%q, but these are held:\n%q", document, documented, held)
	}
}

const redirectRow = "redirects"

// TestDifferencesRedirect: Go's client follows a redirect to another port with the token, libscaleset does not.
func TestDifferencesRedirect(t *testing.T) {
	for name, ask := range map[string]caller{"Go": callGolang, "libscaleset": callLibscaleset} {
		t.Run(name, func(t *testing.T) {
			var visitors []string
			elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				visitors = append(visitors, r.Header.Get("Authorization"))
				fmt.Fprint(w, `{"id":1,"name":"elsewhere"}`)
			}))
			defer elsewhere.Close()
			s := simulator.Start(t)
			createSet(t, newClient(t, s.URL+"/my-org", pat))
			s.AddFault(simulator.Fault{Route: "get_scale_set", Status: 307, Headers: map[string]string{"Location": elsewhere.URL}, Count: 1})
			says := ask(t, s.URL+"/my-org", "get_scale_set")
			if name == "Go" {
				equal(t, "the outcome", says, "ok elsewhere")
				equal(t, "whether the token went there", len(visitors) == 1 && strings.HasPrefix(visitors[0], "Bearer "), true)
				return
			}
			equal(t, "the number of visitors elsewhere", len(visitors), 0)
			equal(t, "whether it is said", strings.Contains(says, "which is not followed because the request carries credentials"), true)
		})
	}
}

// forAnother makes this test program do one thing for the test that started it, in an environment of its own.
const forAnother = "CONFORMANCE_SCALE_SET_OF"

// Go's library reads the proxies of a process only once.
func TestMain(m *testing.M) {
	url := os.Getenv(forAnother)
	if url == "" {
		os.Exit(m.Run())
	}
	client, err := scaleset.NewClientWithPersonalAccessToken(scaleset.NewClientWithPersonalAccessTokenConfig{
		GitHubConfigURL: url, PersonalAccessToken: "ghp_pretend", SystemInfo: systemInfo(),
	}, scaleset.WithRetryMax(0))
	if err == nil {
		_, err = getScaleSet(context.Background(), client)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestProxiesOfTheEnvironment: the proxy is a port where nobody listens, so that a call that reaches the service went
// around it. Neither client asks a proxy of the environment for this machine.
func TestProxiesOfTheEnvironment(t *testing.T) {
	const nobody = "http://127.0.0.1:1"
	s := simulator.Start(t)
	createSet(t, newClient(t, s.URL+"/my-org", pat))
	passes := func(environment string, program string, arguments ...string) bool {
		command := exec.CommandContext(contextOf(t), program, arguments...)
		command.Env = []string{"GITHUB_TOKEN=ghp_pretend", forAnother + "=" + s.URL + "/my-org", environment}
		output, err := command.CombinedOutput()
		t.Logf("%s, %s: %v\n%s", program, environment, err, output)
		return err == nil
	}
	ours := []string{"set", "get", setName, "--url", s.URL + "/my-org", "--timeout", "5"} // it tries again, for longer than this test wants to wait
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"} {
		equal(t, "Go, around "+name, passes(name+"="+nobody, os.Args[0]), true)
		equal(t, "libscaleset, around "+name, passes(name+"="+nobody, simulator.Binary(t), ours...), true)
	}
}

type caller func(t *testing.T, url, call string) string

func (o outcome) compare(t *testing.T, d difference, who string, ask caller) {
	t.Helper()
	url, requests := d.url, func() []simulator.Exchange { return nil }
	if url == "" {
		s := simulator.Start(t, append([]string{"--hold-time", "1"}, d.arguments...)...)
		createSet(t, newClient(t, s.URL+"/my-org", pat))
		if d.jobs > 0 {
			s.QueueJobs(simulator.Jobs{Tenant: "my-org", Labels: []string{setName}, Count: d.jobs})
		}
		before := len(s.Transcript())
		if d.fault.Count > 0 || d.fault.Kind != "" {
			d.fault.Route = cmp.Or(d.fault.Route, d.route)
			s.AddFault(d.fault)
		}
		url = s.URL + "/my-org"
		requests = func() []simulator.Exchange {
			return slices.DeleteFunc(s.Transcript()[before:], func(e simulator.Exchange) bool { return e.Operation != d.route })
		}
	}
	says := ask(t, url, d.call)
	if !strings.Contains(says, o.says) || (o.lacks != "" && strings.Contains(says, o.lacks)) {
		t.Errorf("%s: %q is not %q without %q", who, says, o.says, o.lacks)
	}
	seen := requests()
	if len(seen) != o.requests {
		t.Errorf("%s: %d requests, not %d", who, len(seen), o.requests)
	}
	if o.body != "" && len(seen) > 0 && seen[len(seen)-1].RequestBody != o.body {
		t.Errorf("%s: sent %q, not %q", who, seen[len(seen)-1].RequestBody, o.body)
	}
}

func callLibscaleset(t *testing.T, url, call string) string {
	t.Helper()
	program := os.Getenv("TEST_SINGLE_CALL")
	if program == "" {
		t.Fatal("TEST_SINGLE_CALL must name the program; tests/conformance/run.py sets it")
	}
	return strings.TrimSpace(string(must(exec.CommandContext(contextOf(t), program, url, call).Output())(t)))
}

func callGolang(t *testing.T, url, call string) (says string) {
	t.Helper()
	defer func() {
		if problem := recover(); problem != nil {
			says = fmt.Sprint("panic: ", problem)
		}
	}()
	made, found := golangCalls[call]
	if !found {
		t.Fatalf("there is no call %s", call)
	}
	text, err := made(contextOf(t), newClient(t, url, pat))
	if err != nil {
		return err.Error()
	}
	return "ok " + text
}

// golangCalls are those of single_call.cpp.
var golangCalls = map[string]func(context.Context, *scaleset.Client) (string, error){
	"new_client":     func(context.Context, *scaleset.Client) (string, error) { return "made", nil },
	"get_scale_set":  getScaleSet,
	"find_scale_set": findScaleSet,
	"get_twice": func(ctx context.Context, client *scaleset.Client) (string, error) {
		if text, err := getScaleSet(ctx, client); err != nil {
			return text, err
		}
		return getScaleSet(ctx, client)
	},
	"find_runner_group": func(ctx context.Context, client *scaleset.Client) (string, error) {
		group, err := client.GetRunnerGroupByName(ctx, "unknown")
		return fmt.Sprintf("%+v", group), err
	},
	"remove_runner": func(ctx context.Context, client *scaleset.Client) (string, error) {
		return "removed", client.RemoveRunner(ctx, unknownRunner)
	},
	"generate_jit_config": func(ctx context.Context, client *scaleset.Client) (string, error) {
		jit, err := client.GenerateJitRunnerConfig(ctx, &scaleset.RunnerScaleSetJitRunnerSetting{Name: "runner", WorkFolder: "_work"}, 1)
		return fmt.Sprintf("%+v", jit), err
	},
	"open_session": func(ctx context.Context, client *scaleset.Client) (string, error) {
		return withSession(ctx, client, func(*scaleset.MessageSessionClient) (string, error) { return "opened", nil })
	},
	"close_twice": func(ctx context.Context, client *scaleset.Client) (string, error) {
		return withSession(ctx, client, func(session *scaleset.MessageSessionClient) (string, error) {
			if err := session.Close(ctx); err != nil {
				return "", err
			}
			return "closed", session.Close(ctx)
		})
	},
	"acquire_nothing": func(ctx context.Context, client *scaleset.Client) (string, error) {
		return withSession(ctx, client, func(session *scaleset.MessageSessionClient) (string, error) {
			ids, err := session.AcquireJobs(ctx, nil)
			return fmt.Sprintf("%d jobs", len(ids)), err
		})
	},
	"poll": func(ctx context.Context, client *scaleset.Client) (string, error) {
		return withSession(ctx, client, poll(ctx, 3))
	},
	"poll_below_zero": func(ctx context.Context, client *scaleset.Client) (string, error) {
		return withSession(ctx, client, poll(ctx, -1))
	},
}

func getScaleSet(ctx context.Context, client *scaleset.Client) (string, error) {
	return nameOf(client.GetRunnerScaleSetByID(ctx, 1))
}

func findScaleSet(ctx context.Context, client *scaleset.Client) (string, error) {
	return nameOf(client.GetRunnerScaleSet(ctx, 1, setName))
}

func nameOf(set *scaleset.RunnerScaleSet, err error) (string, error) {
	if err != nil || set == nil {
		return "nothing", err
	}
	return set.Name, nil
}

func withSession(ctx context.Context, client *scaleset.Client, call func(*scaleset.MessageSessionClient) (string, error)) (string, error) {
	session, err := client.MessageSessionClient(ctx, 1, "host")
	if err != nil {
		return "", err
	}
	return call(session)
}

func poll(ctx context.Context, capacity int) func(*scaleset.MessageSessionClient) (string, error) {
	return func(session *scaleset.MessageSessionClient) (string, error) {
		message, err := session.GetMessage(ctx, 0, capacity)
		if err != nil || message == nil {
			return "nothing", err
		}
		jobs := len(message.JobAvailableMessages) + len(message.JobAssignedMessages) + len(message.JobStartedMessages) + len(message.JobCompletedMessages)
		return fmt.Sprintf("%d jobs", jobs), nil
	}
}
