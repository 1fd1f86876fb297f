package app

import (
	"fmt"
	"io"
	"os"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// openSink returns where the access log goes, nil for nowhere, and the file to
// close afterwards, if any. A file is appended to; its owner and group may read it.
func openSink(c config.AccessLog, stdout io.Writer) (io.Writer, io.Closer, error) {
	switch {
	case !c.Enabled:
		return nil, nil, nil
	case c.Path == "-":
		return stdout, nil, nil
	}
	f, err := os.OpenFile(c.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, nil, fmt.Errorf("server.accessLog.path: %w", err)
	}
	return f, f, nil
}

func closeSink(c io.Closer) error {
	if c == nil {
		return nil
	}
	return c.Close()
}
