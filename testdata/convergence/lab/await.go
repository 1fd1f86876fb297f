package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
	"time"
)

// Await asks check again and again until it is content, for at most patience.
func Await(ctx context.Context, patience time.Duration, what string, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s in vain for %s: %w", patience, what, err)
		case <-tick.C:
		}
	}
}

// Pause waits for d, or for ctx to end.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// FreeAddress returns an address of host that nobody listens on at the moment.
// Its port is none that the kernel gives to clients, so that it is free again
// when whoever listens there has been away.
func FreeAddress(host string) (string, error) {
	for {
		address := net.JoinHostPort(host, strconv.Itoa(10_000+rand.IntN(10_000)))
		l, err := net.Listen("tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return "", err
		}
		return address, l.Close()
	}
}
