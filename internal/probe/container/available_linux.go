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

// available finds the container runtimes of the host by their sockets.
type available struct {
	sockets []*pseudofs.Socket // Of runtimes.Sockets, in its order.
	paths   []string           // On the host.
}

// read connects to every runtime socket below the root of host, and appends those that exist to the snapshot.
func (a *available) read(sc *source.Scrape, host *pseudofs.FS) {
	if a.sockets == nil {
		for _, s := range runtimes.Sockets {
			a.sockets, a.paths = append(a.sockets, host.Socket(s.Path)), append(a.paths, "/"+s.Path)
		}
	}
	for i, socket := range a.sockets {
		one := snapshot.AvailableRuntime{Name: runtimes.Sockets[i].Runtime, SocketPath: a.paths[i]}
		switch err := socket.Connect(); {
		case err == nil, errors.Is(err, unix.EAGAIN): // The backlog is full: the runtime listens but does not accept.
			one.Known, one.Running = true, true
		case errors.Is(err, unix.ECONNREFUSED):
			one.Known = true
		case isNone(err):
			continue
		default: // As a rule the collector lacks the privileges to connect, or to search the directory.
			sc.Fault(socket.Name(), err)
			if !host.Exists(runtimes.Sockets[i].Path) {
				continue
			}
		}
		sc.Snapshot.Runtime.Available = append(sc.Snapshot.Runtime.Available, one)
	}
}

// isNone reports whether an error says that no runtime has its socket at a path: the path does not exist, or is no stream socket.
func isNone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, pseudofs.ErrNotSocket) ||
		errors.Is(err, unix.EPROTOTYPE)
}
