package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// bareCommand makes the program the other side of a ratio: a net/http handler
// that writes ready bytes, in a process of its own as the gateway is. Behind the
// address and the file it may be told certificate, key and authorities: then it
// demands client certificates over TLS 1.3 as the gateway does.
const bareCommand = "bare-handler"

func runBare(args []string) error {
	if len(args) != 2 && len(args) != 5 {
		return errors.New("want an address and a file, and perhaps certificate, key and authorities")
	}
	body, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	length := strconv.Itoa(len(body))
	server := &http.Server{Addr: args[0], ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		if _, err := w.Write(body); err != nil {
			panic(http.ErrAbortHandler) // the client has gone
		}
	})}
	if len(args) == 2 {
		return server.ListenAndServe()
	}
	authorities, err := poolIn(args[4])
	if err != nil {
		return err
	}
	server.TLSConfig = &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authorities, SessionTicketsDisabled: true,
	}
	return server.ListenAndServeTLS(args[2], args[3])
}

// startBare serves body on an address of its own, over TLS where there are
// certificates.
func startBare(dir string, body []byte, certs *certificates) (addr string, pid int, stop func(), err error) {
	file := filepath.Join(dir, "body.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return "", 0, nil, err
	}
	addr, err = freeAddress()
	if err != nil {
		return "", 0, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return "", 0, nil, err
	}
	cmd := exec.Command(self, append([]string{bareCommand, addr, file}, certs.files()...)...)
	cmd.Stderr, cmd.SysProcAttr = os.Stderr, endWithUs
	if err := cmd.Start(); err != nil {
		return "", 0, nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	if err := waitFor("the bare handler", func() error {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err
	}); err != nil {
		stop()
		return "", 0, nil, err
	}
	return addr, cmd.Process.Pid, stop, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
