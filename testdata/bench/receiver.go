package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// receiver is where notifications are sent: it answers 204 at once.
type receiver struct {
	addr   string
	server *http.Server
	count  atomic.Int64
	// on is told of every notification; nil only counts.
	on atomic.Pointer[func(path string, body []byte, at time.Time)]
}

func startReceiver() (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{addr: l.Addr().String()}
	r.server = &http.Server{Handler: r}
	go func() {
		if err := r.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // nothing can be measured any more
		}
	}()
	return r, nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	at := time.Now()
	on := r.on.Load()
	if on == nil {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
	} else {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		(*on)(request.URL.Path, body, at)
	}
	r.count.Add(1)
	w.WriteHeader(http.StatusNoContent)
}

func (r *receiver) listen(on func(path string, body []byte, at time.Time)) { r.on.Store(&on) }

func (r *receiver) url(path string) string { return "http://" + r.addr + path }

func (r *receiver) stop() { _ = r.server.Close() }

// loopbackCallbacks allows the receivers here.
const loopbackCallbacks = "subscriptions:\n  callbacks:\n    allowLoopbackHTTP: true\n  limits:\n    perTenant: 10000\n"

// subscribe makes a subscription.
func subscribe(g *gateway, callback, consumer, filter string, initial bool) error {
	spec := map[string]any{"callback": callback, "consumerSubscriptionId": consumer, "initialState": initial}
	if filter != "" {
		spec["filter"] = filter
	}
	body, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	response, err := http.Post(g.url("/o2ims/v1/subscriptions"), "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusCreated {
		err = fmt.Errorf("subscribing: %s: %.300s", response.Status, answer)
	}
	return err
}

// subscribeAll makes n subscriptions, a few at a time.
func subscribeAll(n int, one func(i int) error) error {
	const atOnce = 8
	var (
		wg   sync.WaitGroup
		next atomic.Int64
		errs [atOnce]error
	)
	for w := range atOnce {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[w] == nil; i = int(next.Add(1)) - 1 {
				errs[w] = one(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

// bareSender is the other side of a ratio: a net/http client, in a process of
// its own as the gateway is, that POSTs ready bodies over as many connections.
const bareSender = "bare-sender"

func runBareSender(args []string) error {
	if len(args) != 4 {
		return errors.New("want a URL, connections, bytes of a body and seconds")
	}
	var numbers [3]int
	for i := range numbers {
		n, err := strconv.Atoi(args[i+1])
		if err != nil {
			return err
		}
		numbers[i] = n
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(numbers[2])*time.Second)
	defer cancel()
	body := bytes.Repeat([]byte("x"), numbers[1])
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: numbers[0]}}
	var (
		wg   sync.WaitGroup
		errs = make([]error, numbers[0])
	)
	for i := range numbers[0] {
		wg.Go(func() {
			for ctx.Err() == nil && errs[i] == nil {
				errs[i] = postOnce(ctx, client, args[0], body)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func postOnce(ctx context.Context, client *http.Client, url string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err == nil {
		_, err = drain(response)
	}
	if ctx.Err() != nil { // the measurement is over
		err = nil
	}
	return err
}
