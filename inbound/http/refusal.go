package httpserver

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/netweave/netweave/inbound/http/problem"
)

// problemListener makes problem documents of the refusals that net/http writes
// by itself, in plain text and past every handler, for requests that it cannot
// read. It is for plain HTTP: under TLS the text is out of reach by the time it
// can be seen.
type problemListener struct{ net.Listener }

// Accept waits for the next connection.
func (l problemListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err // net/http looks at the error's own type
	}
	return problemConn{c}, nil
}

type problemConn struct{ net.Conn }

// Write sends p, or a problem document in its place.
func (c problemConn) Write(p []byte) (int, error) {
	status, ok := refusal(p)
	if !ok {
		return c.Conn.Write(p) // net/http looks at the error's own type
	}
	if _, err := c.Conn.Write(refusalProblem(status)); err != nil {
		return 0, err // as above
	}
	return len(p), nil
}

// CloseWrite lets net/http tell the caller that nothing follows, while it waits
// for the caller to finish.
func (c problemConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() // as above
	}
	return nil
}

var (
	statusLine  = []byte("HTTP/1.1 ")
	expectation = []byte("417 ")
	plainText   = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
)

// refusal reports whether p is a refusal of net/http's own, and its status. No
// handler's answer has these two headers and no other, or the status 417, which
// net/http sends in reply to an Expect header that it does not know.
func refusal(p []byte) (status int, ok bool) {
	const digits = 3
	start := len(statusLine)
	if len(p) < start+digits || p[start] != '4' && p[start] != '5' || !bytes.HasPrefix(p, statusLine) {
		return 0, false
	}
	if bytes.HasPrefix(p[start:], expectation) {
		return http.StatusExpectationFailed, true
	}
	line := bytes.Index(p, []byte("\r\n"))
	if line < 0 || !bytes.HasPrefix(p[line:], plainText) {
		return 0, false
	}
	status, err := strconv.Atoi(string(p[start : start+digits]))
	return status, err == nil
}

func refusalProblem(status int) []byte {
	detail := "the request is not well-formed HTTP: look at the escapes in its path, its Host and its headers"
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		detail = "the request line and headers are too long"
	case http.StatusExpectationFailed:
		detail = "the only expectation that is met is 100-continue"
	case http.StatusNotImplemented:
		detail = "the transfer encoding is not supported"
	case http.StatusHTTPVersionNotSupported:
		detail = "the HTTP version is not supported"
	}
	body := problem.Problem{Status: status, Detail: detail}.Encode()
	h := http.Header{}
	secure(h, &http.Request{})
	h.Set("Content-Type", problem.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close")
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = h.Write(&b) // to memory
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}
