// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io/fs"
	"time"

	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// tcpInUse counts the states of TCP sockets where most of them are ESTABLISHED. A dump costs what it takes the kernel to
// write down each socket, from a dozen cache lines that nobody has touched for a while, and the kernel has counted the
// sockets in its tables already (inuse of /proc/net/sockstat). So all others are dumped, and those that are left are
// ESTABLISHED: at twenty thousand sockets that is a tenth of the work.
//
// The count is believed only where it was found to be true: now and then everything is dumped, and as long as that does
// not come to what the kernel has counted, everything always is. CurrEstab, which seems to say the same at once, is not
// used: before Linux 6.10 it forgets sockets.
type tcpInUse struct {
	sockstat [snapshot.NumIPVersions]*sockstatFile
	snmp     *kernelFile[procfs.NetSNMP, *procfs.NetSNMP]
	// established is how many there were in the scrape before.
	established uint64
	// believed is for how many scrapes the count need not be compared.
	believed int
	compared time.Time // When it was compared last.

	// What is read of the files after a dump.
	sockstatAfter procfs.Sockstat
	snmpAfter     procfs.NetSNMP
}

const (
	// manyEstablished is from how many on they are not dumped: below, walking the table is most of a dump.
	manyEstablished = 2048
	// scrapesBelieved and timeBelieved are for how long the count is believed, whichever is over first.
	scrapesBelieved = 60
	timeBelieved    = time.Hour
)

// inUseCounts are TCP sockets by version of IP. There are none of IPv6 on a kernel without it.
type inUseCounts [snapshot.NumIPVersions]uint64

// states puts the states of all TCP sockets into the tally of d.
func (u *tcpInUse) states(sc *scrape, d *socketDumps, listeners bool) error {
	var err error
	switch {
	case u.established < manyEstablished:
		u.believed = 0 // It is compared again when there are many.
		err = d.tcp(socketStates, listeners)
	case u.believed > 0 && sc.began.Sub(u.compared) < timeBelieved:
		u.believed--
		if err = d.tcp(socketStates&^establishedState, listeners); err != nil || u.complete(sc, &d.tally) {
			break
		}
		u.believed = 0
		err = d.tcp(socketStates, listeners)
	default:
		u.believed = 0
		opened, known := opensOf(u.snmp.parse(sc)) // First, so that none is missed of what comes after the counts.
		before, counted := u.counted(sc)
		if err = d.tcp(socketStates, listeners); err == nil && known && counted && u.agree(sc, opened, before, d.tally.inUse) {
			u.believed, u.compared = scrapesBelieved, sc.began
		}
	}
	u.established = 0
	for v := range d.tally.inet {
		u.established += d.tally.inet[v][snapshot.SocketEstablished]
	}
	return err
}

// complete adds the ESTABLISHED sockets to a tally of all others.
func (u *tcpInUse) complete(sc *scrape, t *socketTally) (ok bool) {
	counted, ok := u.counted(sc)
	for v, n := range t.inUse {
		if !ok || n > counted[v] {
			return false
		}
		t.inet[v][snapshot.SocketEstablished] = counted[v] - n
	}
	return true
}

// counted is what the kernel counts in this scrape.
func (u *tcpInUse) counted(sc *scrape) (counts inUseCounts, ok bool) {
	for v, file := range u.sockstat {
		text, err := file.parse(sc)
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
	return text.TCP.InUse.N, isComplete(err) && text.TCP.InUse.Known
}

// opensOf is how many connections were opened, in either direction.
func opensOf(text *procfs.NetSNMP, err error) (n uint64, ok bool) {
	return text.ActiveOpens.N + text.PassiveOpens.N, isComplete(err) && text.ActiveOpens.Known && text.PassiveOpens.Known
}

// agree compares a dump with what the kernel has counted before it and counts now. A socket that was there all the time is
// in the dump; one that has come or gone since may be. No more can have come than connections were opened, and those that
// have gone are what is missing then: on a quiet host, the dump has to be the same to the last socket.
//
// Source: net/ipv4/tcp_output.c, tcp_connect; tcp_minisocks.c, tcp_create_openreq_child. Each socket that they put into the
// table they count in ActiveOpens or PassiveOpens, which are of both versions of IP. Who listens is not counted: that looks
// like a difference, and is compared again at the next scrape.
func (u *tcpInUse) agree(sc *scrape, opened uint64, before, dumped inUseCounts) bool {
	var after inUseCounts
	for v, file := range u.sockstat {
		var ok bool
		if after[v], ok = inUseOf(snapshot.IPVersion(v), &u.sockstatAfter, readAgain(sc, file.file, &u.sockstatAfter)); !ok {
			return false
		}
	}
	opens, ok := opensOf(&u.snmpAfter, readAgain(sc, u.snmp.file, &u.snmpAfter))
	if !ok || opens < opened {
		return false
	}
	come := opens - opened
	for v, n := range dumped {
		if n+come < after[v] || n > before[v]+come {
			return false
		}
	}
	return true
}

// readAgain reads a file once more in a scrape that has read it already.
func readAgain(sc *scrape, file *servedFile, parsed interface{ Parse([]byte) error }) error {
	text, err := file.read(sc)
	if parseErr := parsed.Parse(text); err == nil {
		err = parseErr
	}
	return err
}
