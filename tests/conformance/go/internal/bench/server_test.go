package bench

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/actions/scaleset"
)

func client(t *testing.T, url string) *scaleset.Client {
	t.Helper()
	made, err := scaleset.NewClientWithPersonalAccessToken(scaleset.NewClientWithPersonalAccessTokenConfig{
		GitHubConfigURL: url + "/bench-org", PersonalAccessToken: "pat"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func start(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(NewServer())
	t.Cleanup(server.Close)
	return server.URL
}

func TestMessageIsOfTheSizeThatIsClaimed(t *testing.T) {
	if size := len(message()); size < 26_000 || size > 28_000 {
		t.Fatalf("%d bytes", size)
	}
}

func TestClientsCanBeMeasured(t *testing.T) {
	maker := client(t, start(t))
	session, err := maker.MessageSessionClient(t.Context(), 1, "host")
	if err != nil {
		t.Fatal(err)
	}
	got, err := session.GetMessage(t.Context(), 0, 1)
	if err != nil || len(got.JobAssignedMessages) != JobsInMessage {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := session.DeleteMessage(t.Context(), got.MessageID); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	jit, err := maker.GenerateJitRunnerConfig(t.Context(), &scaleset.RunnerScaleSetJitRunnerSetting{Name: "r"}, 1)
	if err != nil || jit.EncodedJITConfig == "" {
		t.Fatalf("%+v, %v", jit, err)
	}
	if took := time.Since(begin); took < JITTime {
		t.Fatalf("after %v already", took)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestPollsWithoutCapacityAreHeldAndCounted(t *testing.T) {
	server := NewServer()
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	session, err := client(t, listening.URL).MessageSessionClient(t.Context(), 1, "host")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := session.GetMessage(ctx, 0, 0)
		ended <- err
	}()
	for held(t, server) != 1 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Fatal("the poll was answered")
	}
	for held(t, server) != 0 {
		time.Sleep(time.Millisecond)
	}
}

func held(t *testing.T, server *Server) int {
	t.Helper()
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, httptest.NewRequest("GET", "/bench/held", nil))
	var told struct {
		Held int `json:"held"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	return told.Held
}
