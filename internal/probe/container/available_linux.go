// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// availableRuntimes looks for the container runtimes of the host by their sockets.
type available struct {
	sockets []*pseudofs.Socket
	paths   []string
}

func (a *available) read(sc *source.Scrape, host *pseudofs.FS) {
	if a.sockets == nil {
		for _, s := range runtimes.Sockets {
			a.sockets, a.paths = append(a.sockets, host.Socket(s.Path)), append(a.paths, "/"+s.Path)
		}
	}
	for i, socket := range a.sockets {
		one := snapshot.AvailableRuntime{Name: runtimes.Sockets[i].Runtime, SocketPath: a.paths[i]}
		switch err := socket.Connect(); {
		case err == nil, errors.Is(err, unix.EAGAIN): // With as many waiting as may wait, somebody listens, but does not accept.
			one.Known, one.Running = true, true
		case errors.Is(err, unix.ECONNREFUSED):
			one.Known = true
		case isNone(err):
			continue
		default: // It may not be connected to, as a rule, or not even be seen.
			sc.Fault(socket.Name(), err)
			if !host.Exists(runtimes.Sockets[i].Path) {
				continue
			}
		}
		sc.Snapshot.Runtime.Available = append(sc.Snapshot.Runtime.Available, one)
	}
}

// isNone reports whether the error says that no runtime listens at a path: nothing is there, or something else is.
func isNone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, pseudofs.ErrNotSocket) ||
		errors.Is(err, unix.EPROTOTYPE)
}
