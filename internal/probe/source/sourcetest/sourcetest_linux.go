// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package sourcetest reads one source of a host in tests, as package probe reads all of them.
package sourcetest

import (
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Open opens the host below o.Root, with the defaults of package probe, until the test ends.
func Open(t testing.TB, o source.Options) *source.Host {
	t.Helper()
	o.MaxLength, o.Timeout = cmp.Or(o.MaxLength, 1024), cmp.Or(o.Timeout, time.Second)
	h, err := source.OpenHost(o)
	require.NoError(t, err)
	t.Cleanup(h.Close)
	return h
}

// Reader reads one domain of a host again and again.
type Reader struct {
	Domain   snapshot.Domain
	Source   source.Source
	History  source.History // May be nil.
	Want     snapshot.Want
	BootTime int64 // Of every snapshot.
	Scrape   source.Scrape
}

// Begin makes s an empty snapshot of the time now, with what r.Want selects.
func (r *Reader) Begin(s *snapshot.Snapshot, now int64) {
	r.Scrape.Begin(s, now, &r.Want)
	s.BootTime, r.Scrape.Boot = r.BootTime, r.BootTime
}

// Read takes a snapshot of the domain at the time now, and returns what went wrong.
func (r *Reader) Read(t testing.TB, s *snapshot.Snapshot, now int64) []source.Fault {
	r.Begin(s, now)
	return r.Scrape.Read(t.Context(), r.Domain, r.Source, r.History)
}
