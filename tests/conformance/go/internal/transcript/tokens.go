package transcript

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// Tokens gives the tokens of one run names that are the same in the other: "create_session token 1" is the first that
// this call handed out. Thus it shows which token a call was made with.
type Tokens struct {
	names  map[string]string
	counts map[string]int
}

// NewTokens knows none.
func NewTokens() *Tokens { return &Tokens{names: map[string]string{}, counts: map[string]int{}} }

// HandedOut looks for a token in the answer to a call.
func (t *Tokens) HandedOut(operation, answer string) {
	var body struct {
		Token string `json:"token"`
		Queue string `json:"messageQueueAccessToken"`
	}
	if json.Unmarshal([]byte(answer), &body) != nil {
		return // most answers are of another kind
	}
	for _, token := range []string{body.Token, body.Queue} {
		if token != "" {
			t.counts[operation]++
			t.names[token] = fmt.Sprintf("%s token %d", operation, t.counts[operation])
		}
	}
}

// Hide puts a token's name into the value of an Authorization header. A JWT that nobody handed out is an App's: what
// stays of it is its header, the names of its claims in their order, and its span. Anything else stays as it is.
func (t *Tokens) Hide(authorization string) string {
	scheme, token, _ := strings.Cut(authorization, " ")
	if name, known := t.names[token]; known {
		return scheme + " <" + name + ">"
	}
	if shape, isOne := shapeOf(token); isOne {
		return scheme + " <" + shape + ">"
	}
	return authorization
}

func shapeOf(token string) (string, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", false
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return "", false
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", false
	}
	var known struct {
		Issuer  any   `json:"iss"`
		Issued  int64 `json:"iat"`
		Expires int64 `json:"exp"`
	}
	if json.Unmarshal(claims, &known) != nil {
		return "", false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	return fmt.Sprintf("%s, claims %s, issuer %#v, for %d s, signature of %d bytes", header, order(members(string(claims))),
		known.Issuer, known.Expires-known.Issued, len(signature)), err == nil
}
