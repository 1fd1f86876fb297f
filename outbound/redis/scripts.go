package redis

import (
	"context"
	"crypto/rand"
	"crypto/sha1" // Redis names scripts by it
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/netweave/netweave/ports/store"
	"github.com/redis/go-redis/v9"
)

//go:embed scripts/*.lua
var scriptFiles embed.FS

// script is one atomic step on the server.
type script struct {
	name, text, sha string
}

// scripts are all of them by name. Each follows the prelude, which has what they
// share, and gets the prefix as its one key.
var scripts = loadScripts()

func loadScripts() map[string]*script {
	read := func(name string) string {
		text, err := fs.ReadFile(scriptFiles, name)
		if err != nil {
			panic(err) // it is embedded
		}
		return string(text)
	}
	names, err := fs.Glob(scriptFiles, "scripts/*.lua")
	if err != nil {
		panic(err)
	}
	prelude := read("scripts/prelude.lua")
	all := map[string]*script{}
	for _, file := range names {
		text := prelude + read(file)
		sum := sha1.Sum([]byte(text))
		name := strings.TrimSuffix(path.Base(file), ".lua")
		all[name] = &script{name: name, text: text, sha: hex.EncodeToString(sum[:])}
	}
	return all
}

// scripter is what runs scripts: a client, one connection, a pipeline.
type scripter interface {
	Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd
	EvalSha(ctx context.Context, sha1 string, keys []string, args ...any) *redis.Cmd
}

// on runs the script; a server that does not know it, be it new or restarted, is
// sent its text.
func (sc *script) on(ctx context.Context, c scripter, prefix string, args ...any) *redis.Cmd {
	cmd := c.EvalSha(ctx, sc.sha, []string{prefix}, args...)
	if unknown(cmd.Err()) {
		cmd = c.Eval(ctx, sc.text, []string{prefix}, args...)
	}
	return cmd
}

func unknown(err error) bool { return redis.HasErrorPrefix(err, "NOSCRIPT") }

// run runs a script once: what may have happened is not repeated.
func (s *Store) run(ctx context.Context, name, doing string, args ...any) (any, error) {
	done := s.metrics.begin(name)
	got, err := scripts[name].on(ctx, s.client, s.config.Prefix, args...).Result()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	done(err)
	return got, failed(ctx, doing, err)
}

// confirmed runs a script and has replicas confirm it, on one connection: what
// was written before it there or elsewhere is then confirmed as well, since
// replication is one ordered stream. Then it asks the Sentinels whether that server
// is still the master, and nobody has begun to make another: the replicas of one
// that was superseded and does not know yet confirm what will be lost.
func (s *Store) confirmed(ctx context.Context, name, doing string, args ...any) (any, error) {
	if s.config.Replicas == 0 {
		return s.run(ctx, name, doing, args...)
	}
	sc := scripts[name]
	done := s.metrics.begin(name)
	got, by, err := s.piped(ctx, func(p redis.Pipeliner) *redis.Cmd {
		return p.EvalSha(ctx, sc.sha, []string{s.config.Prefix}, args...)
	})
	if unknown(err) {
		got, by, err = s.piped(ctx, func(p redis.Pipeliner) *redis.Cmd {
			return p.Eval(ctx, sc.text, []string{s.config.Prefix}, args...)
		})
	}
	missing := ""
	switch {
	case err != nil:
	case by.replicas < s.config.Replicas:
		missing = fmt.Sprintf("%d of %d", by.replicas, s.config.Replicas)
	case s.sentinels != nil:
		missing = s.sentinels.kept(ctx, by.server)
	}
	done(err)
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	if missing != "" {
		s.metrics.failure(name, "unconfirmed")
		return got, fmt.Errorf("%s: %w: %s", doing, store.ErrUnconfirmed, missing)
	}
	return got, nil
}

// confirmation is by how many replicas, and of which server.
type confirmation struct {
	replicas int
	server   string // run id; "" if there are no Sentinels to ask about it
}

// piped sends a script and WAIT in one go, which is over one connection, and asks
// that connection where it leads.
func (s *Store) piped(ctx context.Context, add func(redis.Pipeliner) *redis.Cmd) (got any, by confirmation, err error) {
	pipe := s.client.Pipeline()
	run := add(pipe)
	wait := pipe.Do(ctx, "wait", s.config.Replicas, s.config.WaitTimeout.Milliseconds())
	var name *redis.StringCmd
	if s.sentinels != nil {
		name = pipe.ClientGetName(ctx)
	}
	_, execErr := pipe.Exec(ctx)
	got, err = run.Result()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	if err != nil {
		return nil, by, err
	}
	by.replicas, err = wait.Int()
	if err == nil && execErr != nil && !errors.Is(execErr, redis.Nil) {
		err = execErr
	}
	if name != nil {
		by.server = strings.TrimPrefix(name.Val(), serverName)
	}
	return got, by, err
}

// random is a token's random part.
func random() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// text reads a string of a script's answer; nil is "".
func text(v any) string {
	t, _ := v.(string)
	return t
}

// list reads an array of a script's answer; nil is none.
func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// number reads an integer of a script's answer.
func number(v any) int {
	n, _ := v.(int64)
	return int(n)
}

// odd is a script's answer of a shape that it cannot have.
func odd(doing string, v any) error {
	return fmt.Errorf("%s: redis answers %T of an unknown shape", doing, v)
}
