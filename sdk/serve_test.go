package sdk

import (
	"bytes"
	"context"
	"testing"

	"github.com/netweave/netweave/sdk/internal/protocol"
)

func TestServeWithoutAHost(t *testing.T) {
	open := func(context.Context, Host, []byte) (Backend, error) { return nil, nil }
	for name, tc := range map[string]struct {
		info Info
		want string
	}{
		"by hand": {
			Info{Name: "acme-metal", Version: "1.2.3"},
			"acme-metal 1.2.3 is a plugin of netweave and does nothing by itself.\n" +
				"Put it into the gateway's plugin folder and enable an adapter of type \"acme-metal\" in its configuration; the gateway starts it.\n",
		},
		"no name": {
			Info{Version: "1"},
			"sdk.Serve: the plugin's name is \"\": use lower-case letters, digits and dashes, as in its executable's name\n",
		},
		"odd name": {
			Info{Name: "Acme Metal"},
			"sdk.Serve: the plugin's name is \"Acme Metal\": use lower-case letters, digits and dashes, as in its executable's name\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(protocol.CookieKey, "")
			var said bytes.Buffer
			if status := serve(tc.info, &said, open); status != 1 {
				t.Errorf("status %d, want 1", status)
			}
			if said.String() != tc.want {
				t.Errorf("said %q, want %q", said.String(), tc.want)
			}
		})
	}
}
