// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"time"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// socketDumps counts sockets through one connection that it keeps, and opens again after an error.
type socketDumps struct {
	timeout time.Duration
	conn    *sockdiag.Conn
	counter socketCounter
	// forEach says that the kernel does not make one dump of TCP over both versions of IP.
	forEach bool
}

// socketStates are those that /proc/net shows: not TCP_BOUND_INACTIVE.
const socketStates = 1<<snapshot.NumSocketStates - 1

var socketFamilies = [snapshot.NumIPVersions]uint8{snapshot.IPv4: sockdiag.AFInet, snapshot.IPv6: sockdiag.AFInet6}

// countTCP publishes what the dumps have counted when they were whole, and nothing when one was not.
func (d *socketDumps) countTCP(counts *[snapshot.NumIPVersions]snapshot.SocketCounts) error {
	if !d.forEach {
		err := d.dump(func(c *sockdiag.Conn) error { return c.DumpTCP(socketStates, 0, &d.counter) })
		if err == nil {
			d.counter.publish(counts)
			return nil
		}
		var refused sockdiag.KernelError
		if d.forEach = errors.As(err, &refused); !d.forEach {
			return err
		}
	}
	return d.countInet(sockdiag.ProtocolTCP, counts)
}

func (d *socketDumps) countUDP(counts *[snapshot.NumIPVersions]snapshot.SocketCounts) error {
	return d.countInet(sockdiag.ProtocolUDP, counts)
}

func (d *socketDumps) countInet(protocol uint8, counts *[snapshot.NumIPVersions]snapshot.SocketCounts) error {
	err := d.dump(func(c *sockdiag.Conn) error {
		for _, family := range socketFamilies {
			if err := c.DumpInet(family, protocol, socketStates, 0, &d.counter); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.counter.publish(counts)
	}
	return err
}

func (d *socketDumps) countUnix(counts *snapshot.SocketCounts) error {
	err := d.dump(func(c *sockdiag.Conn) error { return c.DumpUnix(socketStates, 0, &d.counter) })
	if err == nil {
		*counts = snapshot.SocketCounts{Known: true, ByState: d.counter.unix}
	}
	return err
}

// tries: what another reader or a full buffer has spoilt is asked for once more.
const tries = 2

func (d *socketDumps) dump(dump func(*sockdiag.Conn) error) (err error) {
	for range tries {
		if d.conn == nil {
			if d.conn, err = sockdiag.Open(d.timeout); err != nil {
				return err
			}
		}
		d.counter = socketCounter{}
		if err = dump(d.conn); err == nil {
			return nil
		}
		d.close() // The rest of the dump may be in it.
		var refused sockdiag.KernelError
		if errors.As(err, &refused) {
			return err
		}
	}
	return err
}

func (d *socketDumps) close() {
	if d.conn != nil {
		d.conn.Close()
		d.conn = nil
	}
}

// socketCounter counts the sockets of a dump, or of one for each family, by state.
type socketCounter struct {
	inet [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64
	unix [snapshot.NumSocketStates]uint64
}

// Socket implements sockdiag.Visitor.
func (c *socketCounter) Socket(payload []byte) error {
	family, state, err := sockdiag.State(payload)
	if err != nil {
		return err
	}
	if state >= uint8(snapshot.NumSocketStates) {
		state = uint8(snapshot.SocketSynRecv) // TCP_NEW_SYN_RECV, which the kernel tells apart for itself.
	}
	switch family {
	case sockdiag.AFInet:
		c.inet[snapshot.IPv4][state]++
	case sockdiag.AFInet6:
		c.inet[snapshot.IPv6][state]++
	default:
		c.unix[state]++
	}
	return nil
}

func (c *socketCounter) publish(counts *[snapshot.NumIPVersions]snapshot.SocketCounts) {
	for v := range counts {
		counts[v] = snapshot.SocketCounts{Known: true, ByState: c.inet[v]}
	}
}
