// Package conformance lets GitHub's own client judge the simulator, and compares what it sends with what
// libscaleset sends.
package conformance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/actions/scaleset"

	"scaleset.test/conformance/internal/simulator"
)

const (
	setName = "my-set"
	appID   = "Iv1.abc"
)

// credentials are one way to make a client.
type credentials string

const (
	pat credentials = "pat"
	app credentials = "app"
)

func systemInfo() scaleset.SystemInfo {
	return scaleset.SystemInfo{System: "conformance", Version: "1.2.3", CommitSHA: "c0ffee", ScaleSetID: 7, Subsystem: "test<&>"}
}

// quick keeps the client's own rules of repeating and takes the waiting out of them.
func quick() scaleset.HTTPOption { return scaleset.WithRetryWaitMax(20 * time.Millisecond) }

func newClient(t *testing.T, url string, with credentials, options ...scaleset.HTTPOption) *scaleset.Client {
	t.Helper()
	options = append([]scaleset.HTTPOption{quick()}, options...)
	var client *scaleset.Client
	var err error
	if with == app {
		client, err = scaleset.NewClientWithGitHubApp(scaleset.ClientWithGitHubAppConfig{
			GitHubConfigURL: url,
			GitHubAppAuth:   scaleset.GitHubAppAuth{ClientID: appID, InstallationID: 42, PrivateKey: appKey(t)},
			SystemInfo:      systemInfo(),
		}, options...)
	} else {
		client, err = scaleset.NewClientWithPersonalAccessToken(scaleset.NewClientWithPersonalAccessTokenConfig{
			GitHubConfigURL: url, PersonalAccessToken: "ghp_pretend", SystemInfo: systemInfo(),
		}, options...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func makeKey() (string, error) {
	folder, err := os.MkdirTemp("", "conformance-key-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "key.pem")
	if err := exec.Command(os.Getenv("TEST_SCALESET"), "simulate", "app-key", file).Run(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	return string(text), err
}

var madeKey = sync.OnceValues(makeKey)

// appKey is the private key of a pretend GitHub App, the same for all tests.
func appKey(t *testing.T) string {
	t.Helper()
	simulator.Binary(t)
	return must(madeKey())(t)
}

// must(f())(t) is f's value.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, not %v", what, got, want)
	}
}

func contextOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), simulator.Patience)
	t.Cleanup(cancel)
	return ctx
}

func createSet(t *testing.T, client *scaleset.Client) *scaleset.RunnerScaleSet {
	t.Helper()
	return must(client.CreateRunnerScaleSet(contextOf(t), &scaleset.RunnerScaleSet{Name: setName, RunnerGroupID: 1}))(t)
}

func generate(t *testing.T, client *scaleset.Client, set int, name string) *scaleset.RunnerScaleSetJitRunnerConfig {
	t.Helper()
	return must(client.GenerateJitRunnerConfig(contextOf(t), &scaleset.RunnerScaleSetJitRunnerSetting{Name: name, WorkFolder: "_work"}, set))(t)
}

// nextMessage polls until there is one.
func nextMessage(t *testing.T, session *scaleset.MessageSessionClient, last, capacity int) *scaleset.RunnerScaleSetMessage {
	t.Helper()
	for {
		message := must(session.GetMessage(contextOf(t), last, capacity))(t)
		if message != nil {
			return message
		}
	}
}

// forEachProfile runs the test against both generations of the service.
func forEachProfile(t *testing.T, test func(t *testing.T, profile string)) {
	for _, profile := range []string{"broker", "acquire"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			test(t, profile)
		})
	}
}
