// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// counter counts the sockets of one protocol as dumps report them, and keeps those of all protocols of a scrape for which
// owners or lists are requested.
type counter struct {
	inet [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64
	// inUse is how many of the TCP sockets the kernel includes in inuse of /proc/net/sockstat.
	inUse [snapshot.NumIPVersions]uint64
	unix  [snapshot.NumSocketStates]uint64
	// resolved are the sockets of all dumps of a scrape whose owners are to be resolved.
	resolved []resolvedSocket
	owners   bool
	// countByOwner says that the sockets are counted by owner too.
	countByOwner bool
	lists        lists

	inetSocket sockdiag.InetSocket
	unixSocket sockdiag.UnixSocket
}

// begin starts a scrape, whose lists are made in the memory that connections has for them.
func (c *counter) begin(connections *snapshot.Connections, want *snapshot.ConnectionsWant, owners bool) {
	c.resolved, c.owners, c.countByOwner = c.resolved[:0], owners, owners && want.Owners.Any()
	c.lists.begin(connections, want)
}

// restart empties the counts, and drops the sockets of a protocol that a dump is to report again. resolved is how many
// sockets the dumps before it have reported in this scrape.
func (c *counter) restart(p protocol, resolved int) {
	c.inet, c.unix = [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64{}, [snapshot.NumSocketStates]uint64{}
	c.inUse = [snapshot.NumIPVersions]uint64{}
	c.resolved = c.resolved[:resolved]
	c.lists.restart(p)
}

// inetCounts returns how many TCP or UDP sockets there are in each state.
func (c *counter) inetCounts() (counts [snapshot.NumIPVersions]snapshot.SocketCounts) {
	for v := range counts {
		counts[v] = snapshot.SocketCounts{Known: true, ByState: c.inet[v], Owned: c.countByOwner}
	}
	return counts
}

// unixCounts returns how many unix sockets there are in each state.
func (c *counter) unixCounts() snapshot.SocketCounts {
	return snapshot.SocketCounts{Known: true, ByState: c.unix, Owned: c.countByOwner}
}

// idle is the ratio of capacity to sockets above which memory is released.
const idle = 4

// shrink releases memory after most of the sockets have been closed.
func (c *counter) shrink() {
	if cap(c.resolved) > genmap.ShrinkThreshold && len(c.resolved) < cap(c.resolved)/idle {
		c.resolved = append(make([]resolvedSocket, 0, len(c.resolved)), c.resolved...)
	}
}
