package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// bareCommand makes the program the other side of a ratio: a net/http handler
// that writes ready bytes, in a process of its own as the gateway is.
const bareCommand = "bare-handler"

func runBare(args []string) error {
	if len(args) != 2 {
		return errors.New("want an address and a file")
	}
	body, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	length := strconv.Itoa(len(body))
	return http.ListenAndServe(args[0], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		if _, err := w.Write(body); err != nil {
			panic(http.ErrAbortHandler) // the client has gone
		}
	}))
}

// startBare serves body on an address of its own.
func startBare(dir string, body []byte) (addr string, pid int, stop func(), err error) {
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
	cmd := exec.Command(self, bareCommand, addr, file)
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
