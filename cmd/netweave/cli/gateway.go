package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/outbound/openaccess"
)

// gatewayPatience is how long a gateway may take to answer.
const gatewayPatience = 10 * time.Second

// gateway is how a command reaches a gateway that runs.
type gateway struct {
	url, tokenFile, caFile, certFile, keyFile string
}

// nearby is where a gateway is if nobody says.
const nearby = "http://127.0.0.1:8080"

// flags adds the flags that say how to reach it, at url if the first is not used.
func (g *gateway) flags(c *cobra.Command, url string) {
	f := c.PersistentFlags()
	f.StringVar(&g.url, "url", url, "where the gateway is, such as "+nearby)
	f.StringVar(&g.tokenFile, "token-file", "", "a file with the bearer token to show")
	f.StringVar(&g.caFile, "ca-file", "", "authorities of the gateway's certificate, beside the system's")
	f.StringVar(&g.certFile, "cert-file", "", "the client certificate to show")
	f.StringVar(&g.keyFile, "key-file", "", "its key")
}

// ask sends a request of the administration API, with in as its body unless it is
// nil, and reads the answer into out.
func (g *gateway) ask(ctx context.Context, method, path string, in, out any) error {
	client, token, err := g.client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	ctx, cancel := context.WithTimeout(ctx, gatewayPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(g.url, "/")+adminv1.Base+path, body)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(r)
	if err != nil {
		return g.unreachable(ctx, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return g.unreachable(ctx, err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return refused(res.StatusCode, raw)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("what answers at %s is no netweave of this version: %w", g.url, err)
	}
	return nil
}

// client makes what the flags ask for, and reads the token. A token is not sent in
// the clear over a network.
func (g *gateway) client() (*http.Client, string, error) {
	u, err := url.Parse(g.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, "", fmt.Errorf("--url must be an http or https URL, such as http://127.0.0.1:8080")
	}
	token := ""
	if g.tokenFile != "" {
		raw, err := os.ReadFile(g.tokenFile)
		if err != nil {
			return nil, "", fmt.Errorf("--token-file: %w", err)
		}
		token = strings.TrimSpace(string(raw))
		if u.Scheme == "http" && !openaccess.IsLoopback(hostPort(u)) {
			return nil, "", errors.New("--token-file: a token is not sent without TLS: use an https URL")
		}
	}
	t := &tls.Config{MinVersion: tls.VersionTLS13}
	if g.caFile != "" {
		raw, err := os.ReadFile(g.caFile)
		if err != nil {
			return nil, "", fmt.Errorf("--ca-file: %w", err)
		}
		if t.RootCAs, err = x509.SystemCertPool(); err != nil {
			t.RootCAs = x509.NewCertPool()
		}
		if !t.RootCAs.AppendCertsFromPEM(raw) {
			return nil, "", fmt.Errorf("--ca-file: %s has no certificate in PEM form", g.caFile)
		}
	}
	switch {
	case g.certFile != "" && g.keyFile != "":
		pair, err := tls.LoadX509KeyPair(g.certFile, g.keyFile)
		if err != nil {
			return nil, "", fmt.Errorf("--cert-file and --key-file: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	case g.certFile != "" || g.keyFile != "":
		return nil, "", errors.New("--cert-file and --key-file go together")
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: t, ForceAttemptHTTP2: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, token, nil
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + ":80"
}

func (g *gateway) unreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer from %s within %s", g.url, gatewayPatience)
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return fmt.Errorf("the certificate of %s is of an unknown authority: name it with --ca-file", g.url)
	}
	return fmt.Errorf("no gateway can be reached at %s: %w", g.url, err)
}

// refused says what a problem document says.
func refused(status int, raw []byte) error {
	var p struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(raw, &p) != nil || p.Detail == "" {
		p.Detail = http.StatusText(status)
	}
	if status == http.StatusUnauthorized {
		p.Detail += ": show who you are, with --cert-file and --key-file, or --token-file"
	}
	return answerError{status, fmt.Sprintf("the gateway answers %d: %s", status, p.Detail)}
}

// answerError is an answer that is no success.
type answerError struct {
	status int
	text   string
}

func (e answerError) Error() string { return e.text }
