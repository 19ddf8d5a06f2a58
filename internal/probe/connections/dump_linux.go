// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"
	"time"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// socketDumps asks for dumps of sockets through one connection that it keeps, and opens again after an error.
type dumps struct {
	timeout time.Duration
	conn    *sockdiag.Conn
	// forEach says that the kernel does not make one dump of TCP over both versions of IP.
	forEach bool
	// tally is what the last dump has shown.
	counter counter
}

// socketStates are those that /proc/net shows: not TCP_BOUND_INACTIVE.
const (
	socketStates     = 1<<snapshot.NumSocketStates - 1
	listenState      = 1 << snapshot.SocketListen
	establishedState = 1 << snapshot.SocketEstablished
)

var socketFamilies = [snapshot.NumIPVersions]uint8{snapshot.IPv4: sockdiag.AFInet, snapshot.IPv6: sockdiag.AFInet6}

// begin starts a scrape, whose lists of sockets are made in the memory that c has for them.
func (d *dumps) begin(c *snapshot.Connections, want *snapshot.ConnectionsWant, owners bool) {
	d.counter.resolved, d.counter.owners, d.counter.countByOwner = d.counter.resolved[:0], owners, owners && want.Owners.Any()
	d.counter.lists.begin(c, want)
}

// tcp puts the TCP sockets in the states given into the tally, and the listeners one by one, if listeners is set. The kernel
// has a table of the listeners alone, so a dump of those costs next to nothing; what it tells of their drops is asked of
// them and of no other socket.
func (d *dumps) tcp(states uint32, listeners bool) error {
	ask := func(c *sockdiag.Conn) error {
		states := states
		if listeners {
			if err := d.dumpTCP(c, listenState, sockdiag.ExtensionSKMemInfo); err != nil {
				return err
			}
			states &^= listenState
		}
		if states == 0 {
			return nil
		}
		d.counter.listeners = false
		return d.dumpTCP(c, states, 0)
	}
	err := d.dump(ownedTCP, listeners, ask)
	if err != nil && !d.forEach && isRefused(err) {
		d.forEach = true
		err = d.dump(ownedTCP, listeners, ask)
	}
	return err
}

func (d *dumps) dumpTCP(c *sockdiag.Conn, states uint32, extensions uint8) error {
	if d.forEach {
		return d.dumpInet(c, sockdiag.ProtocolTCP, states, extensions)
	}
	return c.DumpTCP(states, extensions, &d.counter)
}

func (d *dumps) dumpInet(c *sockdiag.Conn, protocol uint8, states uint32, extensions uint8) error {
	for _, family := range socketFamilies {
		if err := c.DumpInet(family, protocol, states, extensions, &d.counter); err != nil {
			return err
		}
	}
	return nil
}

// udp puts the UDP sockets into the tally: their states, and one by one if listeners is set.
func (d *dumps) udp(listeners bool) error {
	var extensions uint8
	if listeners {
		extensions = sockdiag.ExtensionSKMemInfo
	}
	return d.dump(ownedUDP, listeners, func(c *sockdiag.Conn) error {
		return d.dumpInet(c, sockdiag.ProtocolUDP, socketStates, extensions)
	})
}

// unix puts the states of the unix sockets into the tally, with their names if they are listed.
func (d *dumps) unix() error {
	var show uint32
	if d.counter.lists.want.Unix {
		show = sockdiag.ShowName
	}
	return d.dump(ownedUnix, false, func(c *sockdiag.Conn) error { return c.DumpUnix(socketStates, show, &d.counter) })
}

// tries: what another reader or a full buffer has spoilt is asked for once more.
const tries = 2

// dump makes the tally that of what ask asks for. After an error there is nothing to be used in it.
func (d *dumps) dump(protocol ownedProtocol, listeners bool, ask func(*sockdiag.Conn) error) (err error) {
	before := len(d.counter.resolved)
	for range tries {
		if d.conn == nil {
			if d.conn, err = sockdiag.Open(d.timeout); err != nil {
				return err
			}
		}
		d.counter.begin(protocol, listeners, before)
		if err = ask(d.conn); err == nil {
			return nil
		}
		d.close() // The rest of the dump may be in it.
		d.counter.begin(protocol, listeners, before)
		if isRefused(err) {
			return err
		}
	}
	return err
}

// isRefused reports whether the kernel has answered that it will not make such a dump.
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
