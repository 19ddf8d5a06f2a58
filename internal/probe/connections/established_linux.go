// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"
	"io/fs"
	"time"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// established counts TCP sockets by state without dumping those in ESTABLISHED, if there are many. The cost of a dump is the
// record of each socket, which the kernel makes from a dozen cold cache lines; yet it counts the sockets in its tables anyway
// (inuse of /proc/net/sockstat). So only the other states are dumped, and ESTABLISHED is inuse minus those: at 20,000 sockets
// that takes less than a tenth of the CPU time.
//
// inuse is believed only after verification: from time to time all states are dumped, and as long as dump and inuse differ, they
// are dumped at every scrape. CurrEstab of /proc/net/snmp seems to be ESTABLISHED itself, but misses sockets before Linux 6.10.
type established struct {
	sockstat [snapshot.NumIPVersions]*sockstatFile
	snmp     *source.File[procfs.NetSNMP, *procfs.NetSNMP]
	// established is the number of ESTABLISHED sockets at the previous scrape.
	established uint64
	// believed is the number of scrapes left before the next verification.
	believed int
	compared time.Time // The last successful verification.

	// Read after a dump, to compare with the contents before it.
	sockstatAfter procfs.Sockstat
	snmpAfter     procfs.NetSNMP
}

const (
	// manyEstablished is the smallest number that is derived: the cost of dumping fewer is mostly the walk over the kernel's
	// table.
	manyEstablished = 2048
	// scrapesBelieved and timeBelieved are how long a verification is valid, whichever ends first.
	scrapesBelieved = 60
	timeBelieved    = time.Hour
)

// establishedCounts are TCP sockets by IP version. A kernel without IPv6 has 0 of it.
type establishedCounts [snapshot.NumIPVersions]uint64

// states makes the counter of d that of all TCP sockets, and fills listeners if that is not nil.
func (e *established) states(sc *source.Scrape, d *dumps, listeners *listenerInfos) error {
	var err error
	switch {
	case e.established < manyEstablished:
		e.believed = 0 // Verify again when there are many.
		err = d.tcp(socketStates, listeners)
	case e.believed > 0 && sc.Began.Sub(e.compared) < timeBelieved:
		e.believed--
		if err = d.tcp(socketStates&^establishedState, listeners); err != nil || e.complete(sc, &d.counter) {
			break
		}
		e.believed = 0
		err = d.tcp(socketStates, listeners)
	default:
		e.believed = 0
		opened, known := opensOf(e.snmp.Parse(sc)) // First, so that no connection opened after counted is missed.
		before, counted := e.counted(sc)
		if err = d.tcp(socketStates, listeners); err == nil && known && counted && e.agree(sc, opened, before, d.counter.inUse) {
			e.believed, e.compared = scrapesBelieved, sc.Began
		}
	}
	e.established = 0
	for v := range d.counter.inet {
		e.established += d.counter.inet[v][snapshot.SocketEstablished]
	}
	return err
}

// complete adds the ESTABLISHED sockets to a counter of all others. It returns false if there are more of these than inuse.
func (e *established) complete(sc *source.Scrape, c *counter) (ok bool) {
	counted, ok := e.counted(sc)
	for v, n := range c.inUse {
		if !ok || n > counted[v] {
			return false
		}
		c.inet[v][snapshot.SocketEstablished] = counted[v] - n
	}
	return true
}

// counted returns inuse as of this scrape.
func (e *established) counted(sc *source.Scrape) (counts establishedCounts, ok bool) {
	for v, file := range e.sockstat {
		text, err := file.Parse(sc)
		if counts[v], ok = inUseOf(snapshot.IPVersion(v), text, err); !ok {
			return counts, false
		}
	}
	return counts, true
}

func inUseOf(v snapshot.IPVersion, text *procfs.Sockstat, err error) (n uint64, ok bool) {
	if v == snapshot.IPv6 && errors.Is(err, fs.ErrNotExist) {
		return 0, true
	}
	return text.TCP.InUse.N, source.IsComplete(err) && text.TCP.InUse.Known
}

// opensOf returns the number of connections opened since boot, in either direction.
func opensOf(text *procfs.NetSNMP, err error) (n uint64, ok bool) {
	return text.ActiveOpens.N + text.PassiveOpens.N, source.IsComplete(err) && text.ActiveOpens.Known && text.PassiveOpens.Known
}

// agree reports whether the sockets in a dump equal inuse, as far as that can be known. before is inuse before the dump, opened
// is the number of connections opened by then, and both are read again after it. A socket that existed all the time is in the
// dump; one that was created or closed meanwhile may be. At most as many were created as connections were opened, and the rest
// of the difference was closed: on a quiet host, dump and inuse must be equal to the last socket.
//
// Source: net/ipv4/tcp_output.c, tcp_connect; tcp_minisocks.c, tcp_create_openreq_child. Each socket that they put into the
// table is counted in ActiveOpens or PassiveOpens, which include IPv4 and IPv6. A new listener is not: it looks like a
// difference, and the next scrape verifies again.
func (e *established) agree(sc *source.Scrape, opened uint64, before, dumped establishedCounts) bool {
	var after establishedCounts
	for v, file := range e.sockstat {
		var ok bool
		if after[v], ok = inUseOf(snapshot.IPVersion(v), &e.sockstatAfter, file.ReadAgain(sc, &e.sockstatAfter)); !ok {
			return false
		}
	}
	opens, ok := opensOf(&e.snmpAfter, e.snmp.ReadAgain(sc, &e.snmpAfter))
	if !ok || opens < opened {
		return false
	}
	created := opens - opened
	for v, n := range dumped {
		if n+created < after[v] || n > before[v]+created {
			return false
		}
	}
	return true
}
