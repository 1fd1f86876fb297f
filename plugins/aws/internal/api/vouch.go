package api

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"regexp"
)

// errForeign is the failure of an answer that says 200 and is none of AWS's: a
// proxy's page, or nothing. The sdk would take it for an empty list.
var errForeign = errors.New("the answer is not one of AWS's: is a proxy between, or endpoint wrong?")

// vouched is an HTTP client that passes on no such answer.
type vouched struct{ next *http.Client }

// looked is how much of an answer is looked at.
const looked = 512

// answer is how those of EC2 and Auto Scaling begin, and those of EKS.
var answer = regexp.MustCompile(`^\s*(\{|(<\?xml[^>]*\?>\s*)?<[A-Za-z]+Response[\s>])`)

// Do sends a request.
func (v vouched) Do(r *http.Request) (*http.Response, error) {
	res, err := v.next.Do(r)
	if err != nil || res.StatusCode/100 != 2 {
		return res, err
	}
	body := bufio.NewReaderSize(res.Body, looked)
	head, err := body.Peek(looked)
	if err != nil && !errors.Is(err, io.EOF) || !answer.Match(head) {
		_ = res.Body.Close()
		if err == nil || errors.Is(err, io.EOF) {
			err = errForeign
		}
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{body, res.Body}
	return res, nil
}
