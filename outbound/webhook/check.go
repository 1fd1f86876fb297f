package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxCallback bounds a callback's length, in bytes.
const maxCallback = 2048

// resolveFor bounds how long a name may take to resolve when it is checked.
const resolveFor = 2 * time.Second

// Check implements ports/webhook.Sender. Its error completes the sentence "the
// callback ...", unless it is that of ctx. A name that does not resolve passes:
// the receiver may come up later, and is judged again when it is sent to.
func (s *Sender) Check(ctx context.Context, callback string) error {
	u, problem := parse(callback)
	if problem != "" {
		return errors.New(problem)
	}
	roads := s.roads.Load()
	if u.Scheme != "https" && !roads.http {
		return errors.New("must be an https URL: the operator has not allowed plain http")
	}
	rules := roads.to(u.Scheme).policy
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
		if err := rules.judge(addr); err != nil {
			return fmt.Errorf("has an address that is refused: %w", err)
		}
		return nil
	}
	return s.checkName(ctx, u.Hostname(), rules)
}

// checkName refuses a name if every address of it is refused: a connection is
// only ever made to the others.
func (s *Sender) checkName(ctx context.Context, host string, rules *policy) error {
	own, cancel := context.WithTimeout(ctx, resolveFor)
	defer cancel()
	addrs, lookup := s.resolver.LookupNetIP(own, "ip", host)
	if ctx.Err() != nil {
		return fmt.Errorf("check a callback: %w", ctx.Err())
	}
	if lookup != nil {
		// It may come up later.
		addrs = nil
	}
	var refused error
	for _, addr := range addrs {
		err := rules.judge(addr)
		if err == nil {
			return nil
		}
		refused = err
	}
	if refused != nil {
		return fmt.Errorf("names a host that is refused: %w", refused)
	}
	return nil
}

// parse reads a callback and says what is wrong with it: what it "must" be, or "".
func parse(callback string) (*url.URL, string) {
	switch {
	case callback == "":
		return nil, "must not be empty"
	case len(callback) > maxCallback:
		return nil, fmt.Sprintf("must have at most %d bytes", maxCallback)
	case !utf8.ValidString(callback):
		return nil, "must be valid UTF-8"
	case strings.ContainsRune(callback, '#'):
		return nil, "must have no fragment (#)"
	}
	u, err := url.Parse(callback)
	switch {
	case err != nil:
		return nil, "must be an absolute URL such as https://smo.example.com/notify"
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "must be an absolute https URL such as https://smo.example.com/notify"
	case u.User != nil:
		return nil, "must have no user name and password"
	case u.Opaque != "" || u.Hostname() == "":
		return nil, "must name a host, such as https://smo.example.com/notify"
	case strings.Contains(u.Hostname(), "%"):
		return nil, "must have an address without a zone"
	case !validPort(u):
		return nil, "must have a port from 1 to 65535, or none"
	case !validHost(u.Hostname()):
		return nil, "must have a host name, an IPv4 address such as 192.0.2.1 or an IPv6 address such as [2001:db8::1]"
	}
	return u, ""
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

// validHost refuses what is neither a name nor an address, and what some
// resolvers take for an address: 127.1, 0x7f000001, 2130706433.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if len(host) > 253 || strings.ContainsAny(host, ":/\\@ \t\"'<>(){}|^`,;!$&*+=~[]") {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return false
		}
	}
	last := strings.ToLower(labels[len(labels)-1])
	_, hex := strings.CutPrefix(last, "0x")
	return !hex && strings.Trim(last, "0123456789") != ""
}
