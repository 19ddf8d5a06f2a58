// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"
	"time"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// dumps requests socket dumps over one netlink connection, which it keeps open and reopens after an error.
type dumps struct {
	open func() (conn, error)
	conn conn // nil while it is closed.
	// perFamily says that the kernel refuses one TCP dump of IPv4 and IPv6, so that each needs its own.
	perFamily bool
	counter   counter // Of the last dump.
	visitor   visitor // Of the dump that is running.
}

// conn is a sockdiag.Conn.
type conn interface {
	DumpTCP(states uint32, extensions uint8, v sockdiag.Visitor) error
	DumpInet(family, protocol uint8, states uint32, extensions uint8, v sockdiag.Visitor) error
	DumpUnix(states, show uint32, v sockdiag.Visitor) error
	Close()
}

func newDumps(timeout time.Duration) *dumps {
	return &dumps{open: func() (conn, error) {
		c, err := sockdiag.Open(timeout)
		if err != nil {
			return nil, &openError{err}
		}
		return c, nil
	}}
}

// openError says that no protocol can be dumped: there is no connection.
type openError struct{ error }

// Unwrap returns the error of the system call.
func (e *openError) Unwrap() error { return e.error }

// protocol is one that sock_diag dumps.
type protocol uint8

const (
	protocolTCP protocol = iota
	protocolUDP
	protocolUnix
)

// socketStates are those that /proc/net has too: all but TCP_BOUND_INACTIVE.
const (
	socketStates     = 1<<snapshot.NumSocketStates - 1
	listenState      = 1 << snapshot.SocketListen
	establishedState = 1 << snapshot.SocketEstablished
)

var socketFamilies = [snapshot.NumIPVersions]uint8{snapshot.IPv4: sockdiag.AFInet, snapshot.IPv6: sockdiag.AFInet6}

// tcp dumps the TCP sockets in states, and those in LISTEN into listeners if that is not nil. The kernel keeps listeners in
// a table of their own, so their dump costs next to nothing; drops are requested in that dump only.
func (d *dumps) tcp(states uint32, listeners *listenerInfos) error {
	request := func(c conn) error {
		states := states
		if listeners != nil {
			if err := d.dumpTCP(c, listenState, listeners); err != nil {
				return err
			}
			states &^= listenState
		}
		if states == 0 {
			return nil
		}
		return d.dumpTCP(c, states, nil)
	}
	err := d.dump(protocolTCP, listeners, request)
	if err != nil && !d.perFamily && isRefused(err) {
		d.perFamily = true
		err = d.dump(protocolTCP, listeners, request)
		d.perFamily = err == nil
	}
	return err
}

func (d *dumps) dumpTCP(c conn, states uint32, listeners *listenerInfos) error {
	if d.perFamily {
		return d.dumpInet(c, protocolTCP, states, listeners)
	}
	return c.DumpTCP(states, extensionsFor(listeners), d.visit(protocolTCP, listeners))
}

var inetProtocols = [...]uint8{protocolTCP: sockdiag.ProtocolTCP, protocolUDP: sockdiag.ProtocolUDP}

func (d *dumps) dumpInet(c conn, p protocol, states uint32, listeners *listenerInfos) error {
	for _, family := range socketFamilies {
		if err := c.DumpInet(family, inetProtocols[p], states, extensionsFor(listeners), d.visit(p, listeners)); err != nil {
			return err
		}
	}
	return nil
}

// extensionsFor returns the attributes that the records of listeners need: their drops.
func extensionsFor(listeners *listenerInfos) uint8 {
	if listeners == nil {
		return 0
	}
	return sockdiag.ExtensionSKMemInfo
}

// udp dumps the UDP sockets, also into listeners if that is not nil.
func (d *dumps) udp(listeners *listenerInfos) error {
	return d.dump(protocolUDP, listeners, func(c conn) error {
		return d.dumpInet(c, protocolUDP, socketStates, listeners)
	})
}

// unix dumps the unix sockets, with their names if they are listed.
func (d *dumps) unix() error {
	var show uint32
	if d.counter.lists.wants(protocolUnix) {
		show = sockdiag.ShowName
	}
	return d.dump(protocolUnix, nil, func(c conn) error {
		return c.DumpUnix(socketStates, show, d.visit(protocolUnix, nil))
	})
}

// tries: a dump that another reader of the connection or a full buffer has spoiled is requested once more.
const tries = 2

// dump restarts the counter for a protocol, and runs request, which makes one or more dumps into it. listeners is filled if it
// is not nil. After an error neither has anything of these dumps.
func (d *dumps) dump(p protocol, listeners *listenerInfos, request func(conn) error) (err error) {
	before := len(d.counter.resolved)
	for range tries {
		if d.conn == nil {
			if d.conn, err = d.open(); err != nil {
				return err
			}
		}
		d.counter.restart(p, before)
		listeners.restart()
		if err = request(d.conn); err == nil {
			listeners.complete(sockDiagListeners)
			return nil
		}
		d.close() // The rest of the dump may be in it.
		d.counter.restart(p, before)
		listeners.restart()
		if isRefused(err) {
			return err
		}
	}
	return err
}

// isRefused reports whether the kernel has replied that it does not support such a dump.
func isRefused(err error) bool {
	var refused sockdiag.KernelError
	return errors.As(err, &refused)
}

func (d *dumps) close() {
	if d.conn != nil {
		d.conn.Close()
		d.conn = nil
	}
}

// visit returns the visitor of a dump, valid until the next visit.
func (d *dumps) visit(p protocol, listeners *listenerInfos) *visitor {
	d.visitor = visitor{counter: &d.counter, protocol: p, listeners: listeners}
	return &d.visitor
}
