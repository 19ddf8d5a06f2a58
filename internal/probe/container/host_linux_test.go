// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// maxLength is the default of package probe.
const maxLength = 1024

// reader reads both domains of one Detection.
type reader struct {
	sourcetest.Reader
	detection          *Detection
	container, runtime source.Source
}

// open returns a reader of the host below root until the test ends.
func open(t testing.TB, root string, want snapshot.RuntimeWant) *reader {
	t.Helper()
	return newReader(t, New(root, maxLength), want)
}

// within returns a reader of the host below host for a collector in the container whose root is own.
func within(t *testing.T, own, host string, maxLength int) *reader {
	t.Helper()
	p := newReader(t, New(host, maxLength), snapshot.RuntimeWant{})
	var fs [2]*pseudofs.FS
	for i, root := range []string{own, host} {
		var err error
		fs[i], err = pseudofs.OpenFS(root)
		require.NoError(t, err)
	}
	p.detection.use(fs[0], fs[1])
	return p
}

func newReader(t testing.TB, d *Detection, want snapshot.RuntimeWant) *reader {
	t.Helper()
	t.Cleanup(d.Close)
	return &reader{
		Reader:    sourcetest.Reader{Want: snapshot.Want{Runtime: want}},
		detection: d, container: d.Source(snapshot.DomainContainer), runtime: d.Source(snapshot.DomainRuntime),
	}
}

// readDomain reads one of the domains into the snapshot that was begun last.
func (r *reader) readDomain(d snapshot.Domain) []source.Fault {
	from := r.container
	if d == snapshot.DomainRuntime {
		from = r.runtime
	}
	return r.Scrape.Read(context.Background(), d, from, nil)
}

// takeRuntime takes a snapshot of both domains and returns their faults.
func takeRuntime(p *reader, s *snapshot.Snapshot) (faults []source.Fault) {
	p.Begin(s, 1)
	for _, d := range []snapshot.Domain{snapshot.DomainContainer, snapshot.DomainRuntime} {
		faults = append(faults, p.readDomain(d)...)
	}
	return faults
}

// listenAt binds a socket at name below root, and listens unless backlog is negative.
func listenAt(t *testing.T, root, name string, backlog int) (fd int) {
	t.Helper()
	hosttest.Write(t, root, name, "")
	hosttest.Remove(t, root, name)
	t.Chdir(filepath.Join(root, filepath.Dir(name))) // The path of a socket has at most 107 bytes.
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrUnix{Name: filepath.Base(name)}))
	if backlog >= 0 {
		require.NoError(t, unix.Listen(fd, backlog))
	}
	return fd
}
