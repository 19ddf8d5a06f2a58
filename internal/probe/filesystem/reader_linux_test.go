// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"context"
	"testing"
	"time"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var mountNumbers = snapshot.Want{Filesystem: snapshot.FilesystemWant{Usage: true, Inodes: true, Hung: true}}

// open returns a reader of the mounts of a host.
func open(t testing.TB, host source.Options, o Options) *sourcetest.Reader {
	t.Helper()
	return newReader(New(sourcetest.Open(t, host), &o))
}

// newReader returns a reader of what statfs reports.
func newReader(s *Source) *sourcetest.Reader {
	return &sourcetest.Reader{Domain: snapshot.DomainFilesystem, Source: s, Want: mountNumbers}
}

// openRoot returns a reader of the mounts of the host below root.
func openRoot(t testing.TB, root string) *sourcetest.Reader {
	t.Helper()
	return open(t, source.Options{Root: root}, Options{})
}

// takeMounts takes a snapshot. It has no testing.TB because the agent has none.
func takeMounts(r *sourcetest.Reader, s *snapshot.Snapshot) []source.Fault {
	r.Begin(s, time.Now().UnixNano())
	return r.Scrape.Read(context.Background(), r.Domain, r.Source, r.History)
}
