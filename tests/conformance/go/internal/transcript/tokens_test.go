package transcript

import (
	"encoding/base64"
	"testing"
)

func TestTokensAreNamedAfterTheCallThatHandedThemOut(t *testing.T) {
	tokens := NewTokens()
	tokens.HandedOut("admin_connection", `{"token":"abc","url":"u"}`)
	tokens.HandedOut("refresh_session", `{"messageQueueAccessToken":"def"}`)
	tokens.HandedOut("refresh_session", `{"messageQueueAccessToken":"ghi"}`)
	tokens.HandedOut("get_message", "")
	for value, want := range map[string]string{
		"Bearer abc":     "Bearer <admin_connection token 1>",
		"RemoteAuth ghi": "RemoteAuth <refresh_session token 2>",
		"Bearer other":   "Bearer other",
		"Bearer a.b.c":   "Bearer a.b.c",
	} {
		if got := tokens.Hide(value); got != want {
			t.Errorf("%s became %s, not %s", value, got, want)
		}
	}
}

func TestOfAnAppsTokenTheShapeStays(t *testing.T) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	token := part(`{"alg":"RS256","typ":"JWT"}`) + "." + part(`{"iss":"Iv1.abc","exp":640,"iat":100}`) + "." + part("signature")
	want := `Bearer <{"alg":"RS256","typ":"JWT"}, claims iss exp iat, issuer "Iv1.abc", for 540 s, signature of 9 bytes>`
	if got := NewTokens().Hide("Bearer " + token); got != want {
		t.Fatalf("%s", got)
	}
}
