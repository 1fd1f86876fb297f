package main

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// nextPath reads the path and query of a Link header's next page, "" for none.
func nextPath(link string) (string, error) {
	if link == "" {
		return "", nil
	}
	target, rel, found := strings.Cut(link, ">")
	if !found || !strings.HasPrefix(target, "<") || !strings.Contains(rel, `rel="next"`) {
		return "", errors.New("want <...>; rel=\"next\"")
	}
	u, err := url.Parse(target[1:])
	if err != nil {
		return "", err
	}
	return u.RequestURI(), nil
}

// drain reads a response to its end and returns the length of its body.
func drain(response *http.Response) (int64, error) {
	defer response.Body.Close()
	return io.Copy(io.Discard, response.Body)
}
