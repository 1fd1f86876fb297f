package webhook

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	const (
		noAddress  = "has an address that is refused: sending to "
		noHost     = "names a host that is refused: sending to "
		ask        = " address is not allowed, unless the operator allows its network"
		absolute   = "must be an absolute https URL such as https://smo.example.com/notify"
		noURL      = "must be an absolute URL such as https://smo.example.com/notify"
		host       = "must name a host, such as https://smo.example.com/notify"
		port       = "must have a port from 1 to 65535, or none"
		badHost    = "must have a host name, an IPv4 address such as 192.0.2.1 or an IPv6 address such as [2001:db8::1]"
		secureOnly = "must be an https URL: the operator has not allowed plain http"
	)
	answers := map[string][]netip.Addr{
		"smo.example.com.":    {netip.MustParseAddr("93.184.215.14")},
		"inside.example.com.": {netip.MustParseAddr("10.0.0.7")},
		"meta.example.com.":   {netip.MustParseAddr("169.254.169.254")},
	}
	plain := Config{AllowHTTP: true, AllowNetworks: prefixes("10.0.0.0/8")}
	for _, c := range []struct {
		name, callback string
		cfg            Config
		want           string
	}{
		{"https", "https://smo.example.com/notify?x=1", Config{}, ""},
		{"upper case", "HTTPS://SMO.EXAMPLE.COM", Config{}, ""},
		{"port", "https://smo.example.com:8443/", Config{}, ""},
		{"public literal", "https://8.8.8.8/", Config{}, ""},
		{"public IPv6 literal", "https://[2606:4700::1111]:8443/", Config{}, ""},
		{"unknown name", "https://later.example.com/", Config{}, ""},
		{"listed literal", "https://10.1.1.1/", plain, ""},
		{"listed name by http", "http://inside.example.com/", plain, ""},

		{"empty", "", Config{}, "must not be empty"},
		{"long", "https://smo.example.com/" + strings.Repeat("a", 2048), Config{}, "must have at most 2048 bytes"},
		{"not UTF-8", "https://smo.example.com/\xff", Config{}, "must be valid UTF-8"},
		{"fragment", "https://smo.example.com/#x", Config{}, "must have no fragment (#)"},
		{"empty fragment", "https://smo.example.com/#", Config{}, "must have no fragment (#)"},
		{"relative", "/notify", Config{}, absolute},
		{"no scheme", "smo.example.com/notify", Config{}, absolute},
		{"another scheme", "ftp://smo.example.com/", Config{}, absolute},
		{"file", "file:///etc/passwd", Config{}, absolute},
		{"control characters", "https://smo.example.com/\r\nX: y", Config{}, noURL},
		{"bad escape", "https://smo.example.com/%zz", Config{}, noURL},
		{"no host", "https:///notify", Config{}, host},
		{"opaque", "https:smo.example.com", Config{}, host},
		{"port alone", "https://:8443/", Config{}, host},
		{"user", "https://user@smo.example.com/", Config{}, "must have no user name and password"},
		{"user and password", "https://user:hunter2@smo.example.com/", Config{}, "must have no user name and password"},
		{"port 0", "https://smo.example.com:0/", Config{}, port},
		{"port too high", "https://smo.example.com:65536/", Config{}, port},
		{"empty port", "https://smo.example.com:/", Config{}, port},
		{"zone", "https://[fe80::1%25eth0]/", Config{}, "must have an address without a zone"},
		{"short IPv4", "https://127.1/", Config{}, badHost},
		{"number", "https://2130706433/", Config{}, badHost},
		{"hexadecimal", "https://0x7f000001/", Config{}, badHost},
		{"octal", "https://0177.0.0.1/", Config{}, badHost},
		{"empty label", "https://smo..example.com/", Config{}, badHost},

		{"http", "http://smo.example.com/", Config{}, secureOnly},
		{"http to public", "http://smo.example.com/", plain, "names a host that is refused: plain http is not allowed to a public address; use https, or ask the operator to allow http to its network"},
		{"loopback", "https://127.0.0.1/", Config{}, noAddress + loopback + ask},
		{"loopback IPv6", "https://[::1]/", Config{}, noAddress + loopback + ask},
		{"mapped loopback", "https://[::ffff:7f00:1]/", Config{}, noAddress + loopback + ask},
		{"localhost", "https://localhost/", Config{}, noHost + loopback + ask},
		{"metadata", "https://169.254.169.254/latest/", Config{}, noAddress + metadata + ask},
		{"private", "https://192.168.0.1/", plain, noAddress + private + ask},
		{"name inside", "https://inside.example.com/", Config{}, noHost + private + ask},
		{"name of metadata", "https://meta.example.com/", plain, noHost + metadata + ask},
		{"unspecified", "https://0.0.0.0/", Config{}, noAddress + unspecified + ask},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, c.cfg)
			s.resolver = resolver(t, answers)
			got := ""
			if err := s.Check(t.Context(), c.callback); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%q:\ngot  %q\nwant %q", c.callback, got, c.want)
			}
			if addr := "10.0.0.7"; strings.Contains(got, addr) {
				t.Errorf("%q tells the address behind a name", got)
			}
		})
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	s := start(t, Config{})
	s.resolver = resolver(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Check(ctx, "https://smo.example.com/"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"https://smo.example.com/x?y=z", "http://[::1]:80", "https://a:b@c#d", "https://%41", "https://①"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, callback string) {
		u, problem := parse(callback)
		if (u == nil) == (problem == "") {
			t.Fatalf("parse(%q) = %v, %q", callback, u, problem)
		}
		if u != nil && (u.Hostname() == "" || u.User != nil || hostPort(u) == "") {
			t.Fatalf("parse(%q) lets through %+v", callback, u)
		}
	})
}
