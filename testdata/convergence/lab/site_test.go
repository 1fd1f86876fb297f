//go:build integration

package lab

import (
	"net"
	"testing"
)

// TestASiteIsMadeAgainAtOnce: the next test's links have the names of the last
// one's, whose namespace may live on for as long as a connection from it does.
func TestASiteIsMadeAgainAtOnce(t *testing.T) {
	for range 5 {
		n, err := NewNet("nwlab", "service")
		if err != nil {
			t.Fatal(err)
		}
		site, err := n.NewSite()
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", n.Address("service")+":0")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := site.Dial(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
