package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actions/scaleset"

	"scaleset.test/conformance/internal/simulator"
)

// TestLifeCycle walks through every call of the client: a scale set is made, one job runs on one runner, all is
// taken away.
func TestLifeCycle(t *testing.T) {
	scopes := map[string]string{"organization": "my-org", "repository": "my-org/my-repo", "enterprise": "enterprises/my-ent"}
	forEachProfile(t, func(t *testing.T, profile string) {
		for _, with := range []credentials{pat, app} {
			for scope, path := range scopes {
				t.Run(string(with)+"/"+scope, func(t *testing.T) {
					t.Parallel()
					s := simulator.Start(t, "--profile", profile)
					if with == app && scope == "enterprise" { // an App has no right there
						refused := failure(newClient(t, s.URL+"/"+path, with).GetRunnerScaleSetByID(contextOf(t), 1))
						expect(t, refused, nil, "403 Forbidden", "Resource not accessible by integration")
						return
					}
					walk{t, s, newClient(t, s.URL+"/"+path, with), path, profile}.all()
				})
			}
		}
	})
}

// TestLifeCycleOverTLS: whoever knows the authority gets everywhere, whoever does not sends nothing.
func TestLifeCycleOverTLS(t *testing.T) {
	s := simulator.Start(t, "--tls", "--tls-ca-file", filepath.Join(t.TempDir(), "ca.pem"))
	stranger := newClient(t, s.URL+"/my-org", pat)
	refused := failure(stranger.GetRunnerScaleSetByID(contextOf(t), 1))
	expect(t, refused, nil, "tls: failed to verify certificate: x509: certificate signed by unknown authority")
	equal(t, "the number of requests without trust", len(s.Transcript()), 0)
	walk{t, s, newClient(t, s.URL+"/my-org", pat, scaleset.WithRootCAs(s.Roots)), "my-org", "broker"}.all()
}

// TestLifeCycleOfARegisteredApp: its tokens are verified with the key that the simulator was given.
func TestLifeCycleOfARegisteredApp(t *testing.T) {
	s := simulator.Start(t, registered(t, appKey(t))...)
	walk{t, s, newClient(t, s.URL+"/my-org", app), "my-org", "broker"}.all()
	other := simulator.Start(t, registered(t, must(makeKey())(t))...)
	refused := failure(newClient(t, other.URL+"/my-org", app).GetRunnerScaleSetByID(contextOf(t), 1))
	expect(t, refused, nil, "failed to get access token for GitHub App auth (401 Unauthorized)", "A JSON web token could not be decoded")
}

// registered are the arguments of a simulator that knows our App by this key.
func registered(t *testing.T, key string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app.pem")
	check(t, os.WriteFile(file, []byte(key), 0o600))
	return []string{"--app", appID + "=" + file}
}

type walk struct {
	*testing.T
	simulator *simulator.Simulator
	client    *scaleset.Client
	tenant    string
	profile   string
}

func (w walk) all() {
	set := w.scaleSet()
	w.update(set)
	w.groups()
	runner := w.runners(set)
	session := must(w.client.MessageSessionClient(contextOf(w.T), set.ID, "host"))(w.T)
	w.session(session, set)
	w.job(session, runner)
	check(w.T, session.Close(contextOf(w.T)))
	check(w.T, w.client.DeleteRunnerScaleSet(contextOf(w.T), set.ID))
	gone := must(w.client.GetRunnerScaleSet(contextOf(w.T), 1, "renamed"))(w.T)
	if gone != nil {
		w.Fatalf("the deleted scale set is still found: %+v", gone)
	}
}

func (w walk) scaleSet() *scaleset.RunnerScaleSet {
	if found := must(w.client.GetRunnerScaleSet(contextOf(w.T), 1, setName))(w.T); found != nil {
		w.Fatalf("found before it was made: %+v", found)
	}
	created := createSet(w.T, w.client)
	if created.ID <= 0 || created.RunnerJitConfigURL == "" || created.CreatedOn.IsZero() {
		w.Fatalf("the created scale set lacks something: %+v", created)
	}
	equal(w.T, "the number of labels", len(created.Labels), 1)
	equal(w.T, "the label", created.Labels[0], scaleset.Label{Type: "System", Name: setName})
	found := must(w.client.GetRunnerScaleSet(contextOf(w.T), 1, setName))(w.T)
	equal(w.T, "the found id", found.ID, created.ID)
	equal(w.T, "the found group's name", found.RunnerGroupName, "Default")
	equal(w.T, "the name", must(w.client.GetRunnerScaleSetByID(contextOf(w.T), created.ID))(w.T).Name, setName)
	return created
}

func (w walk) update(set *scaleset.RunnerScaleSet) {
	updated := must(w.client.UpdateRunnerScaleSet(contextOf(w.T), set.ID, &scaleset.RunnerScaleSet{
		Name: "renamed", RunnerGroupID: 1, Labels: []scaleset.Label{{Name: "one"}, {Name: "two"}},
		RunnerSetting: scaleset.RunnerSetting{DisableUpdate: true},
	}))(w.T)
	equal(w.T, "the updated id", updated.ID, set.ID)
	seen := must(w.client.GetRunnerScaleSetByID(contextOf(w.T), set.ID))(w.T)
	equal(w.T, "the new name", seen.Name, "renamed")
	equal(w.T, "the number of labels", len(seen.Labels), 2)
	equal(w.T, "disableUpdate", seen.RunnerSetting.DisableUpdate, true)
}

func (w walk) groups() {
	group := must(w.client.GetRunnerGroupByName(contextOf(w.T), scaleset.DefaultRunnerGroup))(w.T)
	equal(w.T, "the default group's id", group.ID, 1)
	equal(w.T, "isDefaultGroup", group.IsDefault, true)
}

// runners leaves one of two.
func (w walk) runners(set *scaleset.RunnerScaleSet) *scaleset.RunnerScaleSetJitRunnerConfig {
	kept := generate(w.T, w.client, set.ID, "kept")
	removed := generate(w.T, w.client, set.ID, "removed")
	if kept.EncodedJITConfig == "" || kept.EncodedJITConfig == removed.EncodedJITConfig {
		w.Fatal("the JIT configurations are empty or the same")
	}
	equal(w.T, "the runner's scale set", kept.Runner.RunnerScaleSetID, set.ID)
	equal(w.T, "by id", *must(w.client.GetRunner(contextOf(w.T), kept.Runner.ID))(w.T), *kept.Runner)
	equal(w.T, "by name", *must(w.client.GetRunnerByName(contextOf(w.T), "kept"))(w.T), *kept.Runner)
	check(w.T, w.client.RemoveRunner(contextOf(w.T), int64(removed.Runner.ID)))
	if gone := must(w.client.GetRunnerByName(contextOf(w.T), "removed"))(w.T); gone != nil {
		w.Fatalf("the removed runner is still found: %+v", gone)
	}
	return kept
}

func (w walk) session(session *scaleset.MessageSessionClient, set *scaleset.RunnerScaleSet) {
	opened := session.Session()
	equal(w.T, "the owner", opened.OwnerName, "host")
	equal(w.T, "the session's scale set", opened.RunnerScaleSet.ID, set.ID)
	equal(w.T, "the statistics at first", *opened.Statistics, scaleset.RunnerScaleSetStatistic{})
	equal(w.T, "whether the queue's URL is the broker's", strings.HasSuffix(opened.MessageQueueURL, "/scalesets/message"), w.profile == "broker")
}

// job follows one from its offer to its end.
func (w walk) job(session *scaleset.MessageSessionClient, runner *scaleset.RunnerScaleSetJitRunnerConfig) {
	id := w.simulator.QueueJobs(simulator.Jobs{Tenant: w.tenant, Labels: []string{"two"}})[0]
	follow := &follower{t: w.T, session: session}
	if w.profile == "acquire" {
		offered := follow.next().JobAvailableMessages
		equal(w.T, "the number of offers", len(offered), 1)
		acquired := must(session.AcquireJobs(contextOf(w.T), []int64{offered[0].RunnerRequestID}))(w.T)
		equal(w.T, "the number of acquired jobs", len(acquired), 1)
		equal(w.T, "the acquired job", acquired[0], offered[0].RunnerRequestID)
	}
	message := follow.next()
	equal(w.T, "the number of assigned jobs", len(message.JobAssignedMessages), 1)
	equal(w.T, "the assigned job's labels", strings.Join(message.JobAssignedMessages[0].RequestLabels, ","), "two")
	equal(w.T, "TotalAssignedJobs", message.Statistics.TotalAssignedJobs, 1)
	process := simulator.StartRunner(w.T, simulator.RunnerFolder(w.T), runner.EncodedJITConfig, w.simulator.RunnerEnvironment()...)
	for len(follow.completed) == 0 {
		follow.next()
	}
	equal(w.T, "the number of started jobs", len(follow.started), 1)
	equal(w.T, "the started runner", follow.started[0].RunnerName, "kept")
	equal(w.T, "the completed runner's id", follow.completed[0].RunnerID, runner.Runner.ID)
	equal(w.T, "the job", follow.completed[0].JobID, id)
	equal(w.T, "the result", follow.completed[0].Result, "succeeded")
	if done := follow.completed[0]; done.FinishTime.Before(done.QueueTime) || done.QueueTime.IsZero() {
		w.Fatalf("the times make no sense: %+v", done)
	}
	process.Wait(w.T)
	equal(w.T, "the runner's exit code", process.ExitCode(), 0)
}

// follower acknowledges every message it sees.
type follower struct {
	t         *testing.T
	session   *scaleset.MessageSessionClient
	last      int
	started   []*scaleset.JobStarted
	completed []*scaleset.JobCompleted
}

func (f *follower) next() *scaleset.RunnerScaleSetMessage {
	f.t.Helper()
	message := nextMessage(f.t, f.session, f.last, 1)
	if message.MessageID <= f.last {
		f.t.Fatalf("message %d follows message %d", message.MessageID, f.last)
	}
	f.last = message.MessageID
	check(f.t, f.session.DeleteMessage(contextOf(f.t), message.MessageID))
	f.started = append(f.started, message.JobStartedMessages...)
	f.completed = append(f.completed, message.JobCompletedMessages...)
	return message
}
