package conformance

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/actions/scaleset"

	"scaleset.test/conformance/internal/simulator"
)

// expect is what an error must be (a sentinel of the client's; nil: the client has none) and what its text must hold.
func expect(t *testing.T, err, sentinel error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, but %v %q was to come", sentinel, texts)
	}
	if sentinel != nil && !errors.Is(err, sentinel) {
		t.Fatalf("not %q: %v", sentinel, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Fatalf("%q is not in: %v", text, err)
		}
	}
}

// failure keeps of a call what went wrong.
func failure[T any](_ T, err error) error { return err }

const (
	longTokens = "100000" // seconds: the admin token outlives the queue's, which lives for an hour
	overAnHour = 61 * time.Minute
)

func TestErrorsOfScaleSets(t *testing.T) {
	forEachProfile(t, func(t *testing.T, profile string) {
		s := simulator.Start(t, "--profile", profile)
		client := newClient(t, s.URL+"/my-org", pat)
		createSet(t, client)
		again := failure(client.CreateRunnerScaleSet(contextOf(t), &scaleset.RunnerScaleSet{Name: setName, RunnerGroupID: 1}))
		expect(t, again, nil, `status="400 Bad Request"`, "RunnerScaleSetExistsException", `github_request_id="`)
		unknown := []string{`status="404 Not Found"`, "RunnerScaleSetNotFoundException", "No runner scale set found with identifier 4711."}
		expect(t, failure(client.GetRunnerScaleSetByID(contextOf(t), 4711)), nil, unknown...)
		expect(t, failure(client.UpdateRunnerScaleSet(contextOf(t), 4711, &scaleset.RunnerScaleSet{Name: "x"})), nil, unknown...)
		expect(t, client.DeleteRunnerScaleSet(contextOf(t), 4711), nil, unknown...)
		expect(t, failure(client.MessageSessionClient(contextOf(t), 4711, "host")), nil, unknown...)
		expect(t, failure(client.GenerateJitRunnerConfig(contextOf(t), &scaleset.RunnerScaleSetJitRunnerSetting{Name: "r"}, 4711)), nil, unknown...)
		expect(t, failure(client.GetRunnerGroupByName(contextOf(t), "nobody")), nil, "no runner group found")
	})
}

func TestErrorsOfRunners(t *testing.T) {
	forEachProfile(t, func(t *testing.T, profile string) {
		s := simulator.Start(t, "--profile", profile)
		client := newClient(t, s.URL+"/my-org", pat)
		set := createSet(t, client)
		expect(t, failure(client.GetRunner(contextOf(t), 4711)), scaleset.RunnerNotFoundError, `status="404 Not Found"`)
		check(t, client.RemoveRunner(contextOf(t), 4711)) // gone is gone: the service answers 204
		jit := generate(t, client, set.ID, "runner")
		again := failure(client.GenerateJitRunnerConfig(contextOf(t), &scaleset.RunnerScaleSetJitRunnerSetting{Name: "runner"}, set.ID))
		expect(t, again, scaleset.RunnerExistsError, `status="409 Conflict"`)

		session := must(client.MessageSessionClient(contextOf(t), set.ID, "host"))(t)
		follow := &follower{t: t, session: session}
		s.QueueJobs(simulator.Jobs{Tenant: "my-org", Labels: []string{setName}, Milliseconds: time.Hour.Milliseconds()})
		message := follow.next()
		if profile == "acquire" {
			must(session.AcquireJobs(contextOf(t), []int64{message.JobAvailableMessages[0].RunnerRequestID}))(t)
		}
		simulator.StartRunner(t, simulator.RunnerFolder(t), jit.EncodedJITConfig)
		simulator.Eventually(t, "the runner is busy", func() bool { return s.State().Tenants[0].Runners[0].State == "busy" })
		busy := client.RemoveRunner(contextOf(t), int64(jit.Runner.ID))
		expect(t, busy, scaleset.JobStillRunningError, `status="400 Bad Request"`)
	})
}

func TestErrorsOfSessions(t *testing.T) {
	forEachProfile(t, func(t *testing.T, profile string) {
		s := simulator.Start(t, "--profile", profile)
		client := newClient(t, s.URL+"/my-org", pat)
		set := createSet(t, client)
		session := must(client.MessageSessionClient(contextOf(t), set.ID, "first"))(t)
		second := failure(client.MessageSessionClient(contextOf(t), set.ID, "second"))
		expect(t, second, nil, `status="409 Conflict"`, "RunnerScaleSetSessionConflictException",
			"The runner scale set my-set already has an active session for owner first.")
		if profile == "broker" {
			err := failure(session.AcquireJobs(contextOf(t), []int64{1}))
			expect(t, err, nil, `status="404 Not Found"`, "404 page not found")
		}
		check(t, session.Close(contextOf(t)))
		expect(t, session.Close(contextOf(t)), nil, `status="400 Bad Request"`, "RunnerScaleSetSessionExpiredException",
			"The session identifier "+session.Session().SessionID.String()+" is not valid.")
		check(t, failure(client.MessageSessionClient(contextOf(t), set.ID, "second")))
	})
}

// TestQueueTokenIsRefreshed: an expired queue token shows in the transcript alone.
func TestQueueTokenIsRefreshed(t *testing.T) {
	forEachProfile(t, func(t *testing.T, profile string) {
		s := simulator.Start(t, "--profile", profile, "--clock", "virtual", "--admin-token-ttl", longTokens, "--session-ttl", longTokens)
		client := newClient(t, s.URL+"/my-org", pat)
		session := must(client.MessageSessionClient(contextOf(t), createSet(t, client).ID, "host"))(t)
		before := session.Session()
		s.Advance(overAnHour)
		check(t, session.DeleteMessage(contextOf(t), 1))
		equal(t, "the session's id", session.Session().SessionID, before.SessionID)
		if session.Session().MessageQueueAccessToken == before.MessageQueueAccessToken {
			t.Fatal("the token is the old one")
		}
		var seen []string
		for _, exchange := range s.Transcript() {
			seen = append(seen, exchange.Operation)
		}
		equal(t, "the end of the transcript", strings.Join(seen[len(seen)-3:], " "), "delete_message refresh_session delete_message")
	})
}

// TestQueueTokenThatStaysExpired is the one way in which the client hands out its fourth sentinel.
func TestQueueTokenThatStaysExpired(t *testing.T) {
	s := simulator.Start(t)
	client := newClient(t, s.URL+"/my-org", pat)
	session := must(client.MessageSessionClient(contextOf(t), createSet(t, client).ID, "host"))(t)
	for _, route := range []string{"get_message", "delete_message"} {
		s.AddFault(simulator.Fault{Route: route, Status: 401, Count: 2})
	}
	expect(t, failure(session.GetMessage(contextOf(t), 0, 1)), scaleset.MessageQueueTokenExpiredError)
	expect(t, session.DeleteMessage(contextOf(t), 1), scaleset.MessageQueueTokenExpiredError)
}

// TestLostSession: the refresh of an evicted session fails as each generation of the service says it.
func TestLostSession(t *testing.T) {
	forEachProfile(t, func(t *testing.T, profile string) {
		s := simulator.Start(t, "--profile", profile, "--clock", "virtual", "--admin-token-ttl", longTokens)
		client := newClient(t, s.URL+"/my-org", pat)
		session := must(client.MessageSessionClient(contextOf(t), createSet(t, client).ID, "host"))(t)
		s.Advance(overAnHour)
		err := failure(session.GetMessage(contextOf(t), 0, 1))
		expect(t, err, nil, "failed to refresh message session")
		if profile == "broker" {
			expect(t, err, nil, `status="404 Not Found"`, "RunnerAdminException", "runner referenced a session ID that doesn't exist in redis")
		} else {
			expect(t, err, nil, "RunnerScaleSetSessionExpiredException")
		}
	})
}

// TestExpiredAdminToken: the client looks at its own clock, so that a token which dies early stays dead.
func TestExpiredAdminToken(t *testing.T) {
	forEachProfile(t, func(t *testing.T, profile string) {
		s := simulator.Start(t, "--profile", profile, "--clock", "virtual")
		client := newClient(t, s.URL+"/my-org", pat)
		set := createSet(t, client)
		s.Advance(overAnHour)
		err := failure(client.GetRunnerScaleSetByID(contextOf(t), set.ID))
		expect(t, err, nil, `status="401 Unauthorized"`, "InvalidTokenException")
		// A client that has no token yet gets one.
		check(t, failure(newClient(t, s.URL+"/my-org", pat).GetRunnerScaleSetByID(contextOf(t), set.ID)))
	})
}

// TestErrorsOfTheRestAPI: what is wrong with credentials comes before the Actions service.
func TestErrorsOfTheRestAPI(t *testing.T) {
	s := simulator.Start(t)
	nobody := must(scaleset.NewClientWithGitHubApp(scaleset.ClientWithGitHubAppConfig{
		GitHubConfigURL: s.URL + "/my-org",
		GitHubAppAuth:   scaleset.GitHubAppAuth{ClientID: "", InstallationID: 42, PrivateKey: appKey(t)},
	}, quick()))(t)
	expect(t, failure(nobody.GetRunnerScaleSetByID(contextOf(t), 1)), nil, "failed to get access token for GitHub App auth (401 Unauthorized)")
	nowhere := must(scaleset.NewClientWithGitHubApp(scaleset.ClientWithGitHubAppConfig{
		GitHubConfigURL: s.URL + "/my-org",
		GitHubAppAuth:   scaleset.GitHubAppAuth{ClientID: appID, InstallationID: 0, PrivateKey: appKey(t)},
	}, quick()))(t)
	expect(t, failure(nowhere.GetRunnerScaleSetByID(contextOf(t), 1)), nil, "failed to get access token for GitHub App auth (404 Not Found)")
}

// TestRepeating: what passes is not seen by the caller, what stays arrives without its body.
func TestRepeating(t *testing.T) {
	s := simulator.Start(t)
	client := newClient(t, s.URL+"/my-org", pat)
	set := createSet(t, client)
	for _, fault := range []simulator.Fault{
		{Status: 500}, {Status: 503, Headers: map[string]string{"Retry-After": "0"}},
		{Status: 429, Headers: map[string]string{"Retry-After": "0"}}, {Drop: "before"},
	} {
		fault.Route, fault.Count = "get_scale_set", 4
		s.AddFault(fault)
		check(t, failure(client.GetRunnerScaleSetByID(contextOf(t), set.ID)))
	}
	s.AddFault(simulator.Fault{Route: "get_scale_set", Status: 500, Body: "secret of the service", Count: 5})
	err := failure(client.GetRunnerScaleSetByID(contextOf(t), set.ID))
	expect(t, err, nil, "giving up after 5 attempt(s)")
	if strings.Contains(err.Error(), "secret") {
		t.Fatalf("the body arrived: %v", err)
	}
	// The token chain's last step is the only one that is also repeated after 401 and 403.
	s.AddFault(simulator.Fault{Route: "admin_connection", Status: 403, Count: 4})
	check(t, failure(newClient(t, s.URL+"/my-org", pat).GetRunnerScaleSetByID(contextOf(t), set.ID)))
	s.AddFault(simulator.Fault{Route: "registration_token", Status: 403, Count: 1})
	err = failure(newClient(t, s.URL+"/my-org", pat).GetRunnerScaleSetByID(contextOf(t), set.ID))
	expect(t, err, nil, "failed to get runner registration token (403 Forbidden)")
}
