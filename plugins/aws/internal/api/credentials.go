package api

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/netweave/netweave/plugins/aws/internal/config"
)

// errNoCredentials is in the error of a request that could not be signed. What it
// wraps names files and profiles, and no secret.
var errNoCredentials = errors.New("there are no credentials")

// source gives the credentials that a request is signed with. Those of a file are
// read at each request, so that what is renewed there is used at once.
type source struct {
	cfg config.Config

	mu    sync.Mutex
	chain aws.CredentialsProvider // nil: to be made
}

func newSource(cfg config.Config) *source { return &source{cfg: cfg} }

// Retrieve returns the credentials of now.
func (s *source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	switch {
	case s.cfg.AccessKeyID != "":
		return aws.Credentials{
			AccessKeyID: s.cfg.AccessKeyID, SecretAccessKey: s.cfg.SecretAccessKey, SessionToken: s.cfg.SessionToken, Source: "configuration",
		}, nil
	case s.cfg.Credentials != "":
		return s.ofFile(ctx)
	}
	chain, err := s.platform(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	got, err := chain.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("%w: neither variables, files nor the machine's role give any: name a file in credentials, or let plugins.env pass what the platform sets (AWS_*)", errNoCredentials)
	}
	return got, nil
}

// ofFile reads the file's profile. An error of the file's parser may quote a line,
// so it is not told on.
func (s *source) ofFile(ctx context.Context) (aws.Credentials, error) {
	found, err := sdkconfig.LoadSharedConfigProfile(ctx, s.cfg.Profile, func(o *sdkconfig.LoadSharedConfigOptions) {
		o.CredentialsFiles, o.ConfigFiles = []string{s.cfg.Credentials}, []string{}
	})
	if _, ok := errors.AsType[sdkconfig.SharedConfigProfileNotExistError](err); ok {
		return aws.Credentials{}, fmt.Errorf("%w: the file that the key credentials names is missing or has no section [%s]: write it, or set profile", errNoCredentials, s.cfg.Profile)
	}
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("%w: the file that the key credentials names cannot be read as one of AWS's: check its lines and its mode", errNoCredentials)
	}
	if !found.Credentials.HasKeys() {
		return aws.Credentials{}, fmt.Errorf("%w: the section [%s] of the file that the key credentials names has no aws_access_key_id and aws_secret_access_key", errNoCredentials, s.cfg.Profile)
	}
	return found.Credentials, nil
}

// platform gives the chain of AWS's own tools: variables, files, web identity,
// container and machine roles.
func (s *source) platform(ctx context.Context) (aws.CredentialsProvider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chain != nil {
		return s.chain, nil
	}
	options := []func(*sdkconfig.LoadOptions) error{sdkconfig.WithRegion(s.cfg.Region)}
	if s.cfg.Profile != "" {
		options = append(options, sdkconfig.WithSharedConfigProfile(s.cfg.Profile))
	}
	loaded, err := sdkconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("%w: AWS's configuration files cannot be used: is profile %q in them?", errNoCredentials, s.cfg.Profile)
	}
	s.chain = loaded.Credentials
	return s.chain, nil
}

// refused has the chain made anew: AWS took its credentials no longer, and others
// may stand in its files by now.
func (s *source) refused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chain = nil
}
