package webhook

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// TestPolicy judges addresses; "" is allowed, else the kind that is refused.
func TestPolicy(t *testing.T) {
	wide := Config{AllowHTTP: true, AllowNetworks: prefixes("0.0.0.0/0", "::/0")}
	inside := Config{AllowNetworks: prefixes("10.0.0.0/8", "127.0.0.1/32", "169.254.169.254/32", "64:ff9b::/96")}
	dev := Config{AllowLoopbackHTTP: true}
	for _, c := range []struct {
		name          string
		cfg           Config
		addr          string
		secure, plain string
	}{
		{"public", Config{}, "8.8.8.8", "", public},
		{"public IPv6", Config{}, "2606:4700::1111", "", public},
		{"loopback", Config{}, "127.0.0.1", loopback, loopback},
		{"loopback elsewhere", Config{}, "127.8.9.10", loopback, loopback},
		{"loopback IPv6", Config{}, "::1", loopback, loopback},
		{"mapped loopback", Config{}, "::ffff:127.0.0.1", loopback, loopback},
		{"compatible loopback", Config{}, "::127.0.0.1", reserved, reserved},
		{"translated loopback", Config{}, "64:ff9b::7f00:1", loopback, loopback},
		{"6to4 loopback", Config{}, "2002:7f00:1::", reserved, reserved},
		{"Teredo", Config{}, "2001::1", reserved, reserved},
		{"private 10", Config{}, "10.1.2.3", private, private},
		{"private 172", Config{}, "172.16.0.1", private, private},
		{"private 192", Config{}, "192.168.1.1", private, private},
		{"unique local", Config{}, "fd12::1", private, private},
		{"link-local", Config{}, "169.254.1.1", linkLocal, linkLocal},
		{"link-local IPv6", Config{}, "fe80::1", linkLocal, linkLocal},
		{"link-local with a zone", Config{}, "fe80::1%eth0", linkLocal, linkLocal},
		{"metadata", Config{}, "169.254.169.254", metadata, metadata},
		{"metadata of containers", Config{}, "169.254.170.2", metadata, metadata},
		{"metadata IPv6", Config{}, "fd00:ec2::254", metadata, metadata},
		{"metadata that looks public", Config{}, "168.63.129.16", metadata, metadata},
		{"metadata that looks shared", Config{}, "100.100.100.200", metadata, metadata},
		{"translated metadata", Config{}, "64:ff9b::a9fe:a9fe", metadata, metadata},
		{"shared", Config{}, "100.64.0.1", reserved, reserved},
		{"unspecified", Config{}, "0.0.0.0", unspecified, unspecified},
		{"unspecified IPv6", Config{}, "::", unspecified, unspecified},
		{"multicast", Config{}, "224.0.0.1", multicast, multicast},
		{"multicast IPv6", Config{}, "ff02::1", multicast, multicast},
		{"broadcast", Config{}, "255.255.255.255", "a broadcast", "a broadcast"},
		{"documentation", Config{}, "192.0.2.1", reserved, reserved},

		{"a wide list opens private", wide, "10.1.2.3", "", ""},
		{"a wide list opens public to http", wide, "8.8.8.8", "", ""},
		{"a wide list leaves loopback shut", wide, "127.0.0.1", loopback, loopback},
		{"a wide list leaves metadata shut", wide, "169.254.169.254", metadata, metadata},
		{"a wide list leaves mapped metadata shut", wide, "::ffff:169.254.169.254", metadata, metadata},
		{"a wide list leaves translated metadata shut", wide, "64:ff9b::a9fe:a9fe", metadata, metadata},
		{"a wide list leaves metadata IPv6 shut", wide, "fd00:ec2::254", metadata, metadata},

		{"listed private, https alone", inside, "10.1.2.3", "", private},
		{"listed loopback", inside, "127.0.0.1", "", loopback},
		{"its neighbour", inside, "127.0.0.2", loopback, loopback},
		{"listed metadata", inside, "169.254.169.254", "", metadata},
		{"its neighbour", inside, "169.254.169.253", linkLocal, linkLocal},
		{"translated public", inside, "64:ff9b::808:808", "", public},
		{"translated private that is not listed", inside, "64:ff9b::c0a8:101", private, private},

		{"development", dev, "127.0.0.1", "", ""},
		{"development, elsewhere", dev, "127.0.0.53", "", ""},
		{"development IPv6", dev, "::1", "", ""},
		{"development opens nothing else", dev, "10.1.2.3", private, private},
		{"development, http to public", dev, "8.8.8.8", "", public},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := netip.MustParseAddr(c.addr)
			secure, plain := policies(Allowed{HTTP: c.cfg.AllowHTTP, LoopbackHTTP: c.cfg.AllowLoopbackHTTP, Networks: c.cfg.AllowNetworks})
			if got := refusedKind(secure.judge(addr)); got != c.secure {
				t.Errorf("https to %s: %q, want %q", c.addr, got, c.secure)
			}
			if got := refusedKind(plain.judge(addr)); got != c.plain {
				t.Errorf("http to %s: %q, want %q", c.addr, got, c.plain)
			}
		})
	}
}

func refusedKind(err error) string {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.kind
	}
	return ""
}

func TestPolicyControlsNetworks(t *testing.T) {
	secure, _ := policies(Allowed{})
	for address, network := range map[string]string{"8.8.8.8:443": "udp4", "nonsense": "tcp4", "/run/x.sock": "unix"} {
		if err := secure.control(network, address, nil); err == nil {
			t.Errorf("%s to %q is let through", network, address)
		}
	}
	if err := secure.control("tcp4", "8.8.8.8:8443", nil); err != nil {
		t.Errorf("tcp4 to a public address: %v", err)
	}
}

// TestNoProxy: a proxy would be judged in the receiver's place.
func TestNoProxy(t *testing.T) {
	s := start(t, Config{Credentials: []Credentials{{
		Hosts: []string{"*.example.com"}, TokenURL: "https://idp.example.com/token", ClientID: "i", ClientSecret: "s",
	}}})
	roads := s.roads.Load()
	for name, road := range map[string]http.RoundTripper{"https": roads.secure.Transport, "http": roads.plain.Transport, "tokens": s.tokens[0].road.now.Load()} {
		if transport, ok := road.(*http.Transport); !ok || transport.Proxy != nil {
			t.Errorf("%s: the transport asks for a proxy", name)
		}
	}
	for host, want := range map[string]bool{"smo.example.com": true, "SMO.EXAMPLE.COM.": true, "example.com": false, "badexample.com": false, "smo.example.com.evil.org": false} {
		if got := s.tokens[0].covers(host); got != want {
			t.Errorf("%s is sent tokens: %v, want %v", host, got, want)
		}
	}
}
