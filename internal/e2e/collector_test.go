// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

const (
	whole    = "otelcol-hostprobe"       // make build makes it.
	forStart = "otelcol-hostprobe-start" // make run makes it, and starts it.
)

// binary is the path of a built collector.
func binary(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(hosttest.Repository(), "bin", name)
	require.FileExists(t, path, "make %s makes it", name)
	return path
}

// run runs the whole collector to its end and returns what it printed.
func run(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	return runNamed(t, whole, args...)
}

// runNamed runs the collector of this name to its end and returns what it printed.
func runNamed(t *testing.T, name string, args ...string) (output string, err error) {
	t.Helper()
	out, err := exec.Command(binary(t, name), args...).CombinedOutput()
	return string(out), err
}

// collector is one that is running.
type collector struct {
	*exec.Cmd
	output lockedBuffer
	ended  chan error
}

// start runs the whole collector with this configuration until the test ends.
func start(t *testing.T, config string, env ...string) *collector {
	t.Helper()
	return startNamed(t, whole, []string{config}, env...)
}

// startNamed runs the collector of this name with these configurations, the later over the earlier, until the test ends.
func startNamed(t *testing.T, name string, configs []string, env ...string) *collector {
	t.Helper()
	c := &collector{Cmd: exec.Command(binary(t, name)), ended: make(chan error, 1)}
	for _, config := range configs {
		c.Args = append(c.Args, "--config", config)
	}
	c.Env = append(os.Environ(), env...)
	c.Stdout, c.Stderr = &c.output, &c.output
	require.NoError(t, c.Start())
	go func() { c.ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		if t.Failed() {
			t.Log(c.output.String())
		}
	})
	return c
}

// interrupt is Ctrl-C: the collector must end well, and soon.
func (c *collector) interrupt(t *testing.T) {
	t.Helper()
	require.NoError(t, c.Process.Signal(syscall.SIGINT))
	select {
	case err := <-c.ended:
		assert.NoError(t, err)
	case <-time.After(2 * time.Second):
		assert.Fail(t, "still running two seconds after SIGINT")
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
