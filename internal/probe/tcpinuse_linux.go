// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io/fs"

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
	again    procfs.Sockstat
	// established is how many there were in the scrape before.
	established uint64
	// believed is for how many scrapes the count need not be compared.
	believed int
}

const (
	// manyEstablished is from how many on they are not dumped: below, walking the table is most of a dump.
	manyEstablished = 2048
	// scrapesBelieved is an hour for those who scrape once a minute.
	scrapesBelieved = 60
	// driftShare is what part of the sockets may have changed their state during a dump that was not of a quiet host.
	driftShare = 64
)

// inUseCounts are TCP sockets by version of IP. There are none of IPv6 on a kernel without it.
type inUseCounts [snapshot.NumIPVersions]uint64

// states puts the states of all TCP sockets into the tally of d.
func (u *tcpInUse) states(sc *scrape, d *socketDumps, listeners bool) error {
	var err error
	switch {
	case u.established < manyEstablished:
		err = d.tcp(socketStates, listeners)
	case u.believed > 0:
		u.believed--
		if err = d.tcp(socketStates&^establishedState, listeners); err != nil || u.complete(sc, &d.tally) {
			break
		}
		u.believed = 0
		err = d.tcp(socketStates, listeners)
	default:
		before, known := u.counted(sc)
		if err = d.tcp(socketStates, listeners); err == nil && known && u.agree(before, d.tally.inUse) {
			u.believed = scrapesBelieved
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
	return text.TCP.InUse.N, err == nil && text.TCP.InUse.Known
}

// agree compares a dump with what the kernel has counted before it and counts now. Where these are the same nothing has
// come or gone, and the dump has to be the same too.
func (u *tcpInUse) agree(before, dumped inUseCounts) bool {
	for v, file := range u.sockstat {
		text, err := file.file.Read()
		if parseErr := u.again.Parse(text); err == nil {
			err = parseErr
		}
		after, ok := inUseOf(snapshot.IPVersion(v), &u.again, err)
		if !ok {
			return false
		}
		low, high := min(before[v], after), max(before[v], after)
		if low != high {
			drift := high - low + dumped[v]/driftShare
			low, high = low-min(low, drift), high+drift
		}
		if dumped[v] < low || dumped[v] > high {
			return false
		}
	}
	return true
}
