// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package filesystem

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/mutefs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// runAgent is set in the process that is the agent.
const runAgent = "HOSTPROBE_TEST_RUN_AGENT"

// agent listens on a port, takes three snapshots of all mounts, and ends on SIGTERM as a collector does.
func agent() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	host, err := source.OpenHost(source.Options{MaxLength: 1024, Timeout: 500 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	r := newReader(New(host, &Options{Virtual: true}))
	var s snapshot.Snapshot
	for range 3 {
		takeMounts(r, &s)
	}
	fmt.Println(listener.Addr(), s.Filesystem.Stuck)
	<-end
	host.Close()
	os.Exit(0)
}

// TestExitWhileStuck ends a process of which a thread is blocked forever: the port that it listened on is free within 5
// seconds, and only that thread remains.
func TestExitWhileStuck(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	server := mutefs.Mount(t, 1)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runAgent+"=1")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	address, stuck, _ := strings.Cut(strings.TrimSpace(line), " ")
	assert.Equal(t, "1", stuck)

	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			listener.Close()
		}
		return err == nil
	}, 5*time.Second, 10*time.Millisecond, "a restart can listen")
	_, err = out.ReadString('\n')
	assert.ErrorContains(t, err, "EOF", "the remaining thread does not hold the pipe")
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", cmd.Process.Pid))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(threads), 2, "the stuck thread, and the main thread as a zombie")
	assert.NotEmpty(t, threads)

	server.Kill()
	assert.NoError(t, cmd.Wait(), "it exits with success once the call returns")
}
