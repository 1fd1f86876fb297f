package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netweave/netweave/core/o2"
)

const hashPrefix = "sha256:"

// tokens reads auth.tokens. What stands where a hash should may be a token, so no
// problem quotes it.
func (r *reader) tokens(n *yaml.Node) []Token {
	items := r.list(n, "auth.tokens", "a list of tokens' hashes and users")
	firsts := map[[sha256.Size]byte]int{}
	var list []Token
	for i, item := range items {
		path := fmt.Sprintf("auth.tokens[%d]", i)
		f := r.known(item, path, "user", "tenant", "sha256")
		t := Token{User: r.tokenUser(f["user"], path+".user", item), Tenant: r.text(f["tenant"], path+".tenant")}
		if err := o2.CheckTenantID(t.Tenant); t.Tenant != "" && err != nil {
			r.problem(path+".tenant", f["tenant"], err.Error())
		}
		var ok bool
		if t.SHA256, ok = r.tokenHash(f["sha256"], path+".sha256", item); ok {
			if first, twice := firsts[t.SHA256]; twice {
				r.problem(path+".sha256", f["sha256"], fmt.Sprintf("auth.tokens[%d] has the same hash: every user needs a token of their own", first))
			} else {
				firsts[t.SHA256] = i
			}
		}
		list = append(list, t)
	}
	return list
}

func (r *reader) tokenUser(n *yaml.Node, path string, owner *yaml.Node) string {
	user, ok := r.mandatory(n, path, owner, "is missing: whose token is it?")
	if err := o2.CheckUserID(user); ok && err != nil {
		r.problem(path, n, err.Error())
	}
	return user
}

func (r *reader) tokenHash(n *yaml.Node, path string, owner *yaml.Node) (sum [sha256.Size]byte, ok bool) {
	const makeOne = `"sha256:" and what "printf %s TOKEN | sha256sum" prints`
	text, ok := r.mandatory(n, path, owner, "is missing: write "+makeOne)
	if !ok {
		return sum, false
	}
	digits, prefixed := strings.CutPrefix(text, hashPrefix)
	raw, err := hex.DecodeString(digits)
	if !prefixed || err != nil || len(raw) != len(sum) {
		r.problem(path, n, "must be the token's hash, never the token itself: write "+makeOne)
		return sum, false
	}
	copy(sum[:], raw)
	if sum == sha256.Sum256(nil) {
		r.problem(path, n, "is the hash of nothing: was the variable with the token empty?")
		return sum, false
	}
	return sum, true
}
