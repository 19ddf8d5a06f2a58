// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestSampledLogTellsOfEachSource: the Collector samples its log by default: ten lines of a message in ten seconds, then one in
// a hundred. On a host that lacks more sources than that, each is logged, and each recovery.
func TestSampledLogTellsOfEachSource(t *testing.T) {
	const sources = 40
	core, logs := observer.New(zap.InfoLevel)
	h := newHealth(zap.New(zapcore.NewSamplerWithOptions(core, 10*time.Second, 10, 100)))
	var domains snapshot.Domains
	domains.Add(snapshot.DomainFilesystem)

	h.begin(false)
	for i := range sources {
		h.note(&probe.Fault{Domain: snapshot.DomainFilesystem, Source: "mount /" + strconv.Itoa(i), Reason: probe.Unavailable, Err: os.ErrNotExist})
	}
	assert.NoError(t, h.end(domains))
	assert.Equal(t, sources, logs.FilterMessageSnippet(" unavailable").Len())

	h.begin(false)
	assert.NoError(t, h.end(domains))
	assert.Equal(t, sources, logs.FilterMessageSnippet(" recovered").Len())
}

// TestMissingForSomeProcesses: a file that is unreadable for one process may be readable for others, and the log claims no
// more.
func TestMissingForSomeProcesses(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	h := newHealth(zap.New(core))
	h.begin(false)
	h.note(&probe.Fault{Domain: snapshot.DomainProcess, Source: "proc/[pid]/io", Scope: probe.ScopeProcesses, Reason: probe.Unavailable, Err: os.ErrPermission})
	assert.NoError(t, h.end(0))
	assert.Equal(t, "process: proc/[pid]/io unavailable for some processes; dependent metrics are omitted", logs.All()[0].Message)
}

// TestMissingKernelModule: a module that several protocols need is one line at level info, which names it and says what follows, and
// another one when it was loaded.
func TestMissingKernelModule(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	h := newHealth(zap.New(core))
	var domains snapshot.Domains
	domains.Add(snapshot.DomainConnections)
	for range 3 {
		h.begin(false)
		h.note(&probe.Fault{
			Domain: snapshot.DomainConnections, Source: "kernel module inet_diag", Reason: probe.Unavailable, Err: os.ErrNotExist,
			Effect: "TCP and UDP sockets are read from /proc/net",
		})
		assert.NoError(t, h.end(domains))
	}
	h.begin(false)
	assert.NoError(t, h.end(domains))
	var lines []string
	for _, entry := range logs.All() {
		assert.Equal(t, zap.InfoLevel, entry.Level)
		lines = append(lines, entry.Message)
	}
	assert.Equal(t, []string{
		"connections: kernel module inet_diag unavailable; TCP and UDP sockets are read from /proc/net",
		"connections: kernel module inet_diag recovered",
	}, lines)
}
