package webhook

import (
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// refusal is the error of an address that may not be sent to. It tells the kind
// of address and never the address.
type refusal struct {
	kind string
	http bool
}

func (r *refusal) Error() string {
	if r.http {
		return "plain http is not allowed to " + r.kind + " address; use https, or ask the operator to allow http to its network"
	}
	return "sending to " + r.kind + " address is not allowed, unless the operator allows its network"
}

// special are addresses that are never reached by a wide allow-list: only a
// network within one of these opens it. Some of them look public.
var special = []struct {
	prefix netip.Prefix
	kind   string
}{
	{netip.MustParsePrefix("169.254.169.254/32"), metadata},
	{netip.MustParsePrefix("169.254.170.2/32"), metadata},
	{netip.MustParsePrefix("168.63.129.16/32"), metadata},
	{netip.MustParsePrefix("100.100.100.200/32"), metadata},
	{netip.MustParsePrefix("192.0.0.192/32"), metadata},
	{netip.MustParsePrefix("fd00:ec2::/32"), metadata},
	{netip.MustParsePrefix("fd20:ce::254/128"), metadata},
	{netip.MustParsePrefix("127.0.0.0/8"), loopback},
	{netip.MustParsePrefix("::1/128"), loopback},
	{netip.MustParsePrefix("169.254.0.0/16"), linkLocal},
	{netip.MustParsePrefix("fe80::/10"), linkLocal},
	{netip.MustParsePrefix("0.0.0.0/8"), unspecified},
	{netip.MustParsePrefix("::/128"), unspecified},
	{netip.MustParsePrefix("224.0.0.0/4"), multicast},
	{netip.MustParsePrefix("ff00::/8"), multicast},
	{netip.MustParsePrefix("255.255.255.255/32"), "a broadcast"},
}

const (
	metadata    = "a cloud metadata"
	loopback    = "a loopback"
	linkLocal   = "a link-local"
	unspecified = "an unspecified"
	multicast   = "a multicast"
	private     = "a private"
	reserved    = "a reserved"
	public      = "a public"
)

var (
	loopbacks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	guardian  = ssrf.New(ssrf.WithAnyPort())
)

// policy says which addresses may be connected to. It never changes.
type policy struct {
	allow []netip.Prefix
	// plain is for http: only what is allowed by name, nothing for being public.
	plain bool
}

// policies are those for https and for http.
func policies(a Allowed) (secure, plain *policy) {
	secure, plain = &policy{allow: slices.Clone(a.Networks)}, &policy{plain: true}
	if a.HTTP {
		plain.allow = slices.Clone(a.Networks)
	}
	if a.LoopbackHTTP {
		secure.allow = append(secure.allow, loopbacks...)
		plain.allow = append(plain.allow, loopbacks...)
	}
	return secure, plain
}

// control is a net.Dialer's Control: address is what is about to be connected to.
func (p *policy) control(network, address string, raw syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return guardian.Safe(network, address, raw)
	}
	return p.judge(to.Addr())
}

// judge returns nil if addr may be connected to, else *refusal. An IPv4 address
// within an IPv6 one is judged as well.
func (p *policy) judge(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if inner, ok := translated(addr); ok {
		if err := p.judge(inner); err != nil {
			return err
		}
	}
	if p.allows(addr) {
		return nil
	}
	if p.plain || kindOf(addr) != public {
		return &refusal{kind: kindOf(addr), http: p.plain}
	}
	return nil
}

func (p *policy) allows(addr netip.Addr) bool {
	least := 0
	for _, s := range special {
		if s.prefix.Contains(addr) {
			least = max(least, s.prefix.Bits())
		}
	}
	return slices.ContainsFunc(p.allow, func(n netip.Prefix) bool { return n.Contains(addr) && n.Bits() >= least })
}

func kindOf(addr netip.Addr) string {
	for _, s := range special {
		if s.prefix.Contains(addr) {
			return s.kind
		}
	}
	switch {
	case addr.IsPrivate():
		return private
	case guardian.SafeAddr(addr) != nil:
		return reserved
	}
	return public
}

var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// translated returns the IPv4 address that a NAT64 gateway makes of addr.
func translated(addr netip.Addr) (netip.Addr, bool) {
	if !nat64.Contains(addr) {
		return netip.Addr{}, false
	}
	b := addr.As16()
	return netip.AddrFrom4([4]byte(b[12:])), true
}
