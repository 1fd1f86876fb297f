package oidc

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// maxHeader bounds a token's header in bytes, encoded.
const maxHeader = 4 << 10

// inspect refuses what is no JWT or is signed as none may be, before anything
// costs much.
func (v *Verifier) inspect(token string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return invalid("it is no signed JWT, which has three parts between dots")
	}
	if len(parts[0]) > maxHeader {
		return invalid("its header is longer than %d bytes", maxHeader)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(parts[0])
	if err != nil {
		return invalid("its header is no base64url")
	}
	var header struct {
		Algorithm string `json:"alg"`
		Type      string `json:"typ"`
	}
	if err := json.Unmarshal(raw, &header); err != nil {
		return invalid("its header is no JSON object with texts in alg and typ")
	}
	if !slices.Contains(v.config.Algorithms, header.Algorithm) {
		return invalid("the algorithm of its signature does not count: use %s", strings.Join(v.config.Algorithms, ", "))
	}
	// Providers sign other things as well, such as logout tokens and DPoP proofs.
	kind := strings.TrimPrefix(strings.ToLower(header.Type), "application/")
	if kind != "" && kind != "jwt" && kind != "at+jwt" {
		return invalid("it is no access token: its typ is neither JWT nor at+jwt")
	}
	return nil
}
