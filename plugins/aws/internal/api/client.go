package api

import (
	"log/slog"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"

	"github.com/netweave/netweave/plugins/aws/internal/config"
)

// Settings are what a client gets from its process.
type Settings struct {
	Log *slog.Logger
	// Retry changes how requests are tried again; the zero value suits AWS.
	Retry Retry
}

// Client asks one region of AWS. It is safe for concurrent use.
type Client struct {
	cfg       config.Config
	log       *slog.Logger
	source    *source
	transport *http.Transport
	reads     aws.RetryerV2
	writes    aws.RetryerV2

	ec2 *ec2.Client
	asg *autoscaling.Client
	eks *eks.Client
}

// New makes a client; nothing is sent before it is asked something.
func New(cfg config.Config, s Settings) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 8
	c := &Client{
		cfg: cfg, log: s.Log, source: newSource(cfg), transport: transport,
		reads: s.Retry.reads(), writes: s.Retry.writes(),
	}
	shared := aws.Config{
		Region:      cfg.Region,
		Credentials: c.source,
		HTTPClient: vouched{&http.Client{
			Transport: transport,
			Timeout:   cfg.Timeout.Std(),
			// A redirect would take what is signed elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}},
	}
	if cfg.Endpoint != "" {
		shared.BaseEndpoint = aws.String(cfg.Endpoint)
	}
	c.ec2 = ec2.NewFromConfig(shared)
	c.asg = autoscaling.NewFromConfig(shared)
	c.eks = eks.NewFromConfig(shared)
	return c
}

// Close closes what is idle.
func (c *Client) Close() { c.transport.CloseIdleConnections() }
