// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// inUseOn is a tcpInUse of a root whose files say what say has put there: what is in use, and how many were opened.
func inUseOn(t *testing.T) (u *established, say func(v4, v6, opened string), sc *source.Scrape) {
	t.Helper()
	root := t.TempDir()
	n := hostOf(open(t, Options{Root: root}, snapshot.Want{}))
	u = &established{snmp: source.NewFile[procfs.NetSNMP](n, "proc/net/snmp", pseudofs.Single)}
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "", snapshot.IPv6: "6"} {
		u.sockstat[v] = source.NewFile[procfs.Sockstat](n, "proc/net/sockstat"+suffix, pseudofs.Single)
	}
	sc = &source.Scrape{Context: context.Background(), Began: time.Now()}
	return u, func(v4, v6, opened string) {
		hosttest.Write(t, root, "proc/net/sockstat", "TCP: inuse "+v4+" orphan 0 tw 0 alloc 0 mem 0\n")
		if v6 != "" {
			hosttest.Write(t, root, "proc/net/sockstat6", "TCP6: inuse "+v6+"\n")
		}
		hosttest.Write(t, root, "proc/net/snmp", "Tcp: ActiveOpens PassiveOpens\nTcp: 7 "+opened+"\n")
		sc.Tick++
	}, sc
}

// TestCountIsBelieved: on a quiet host to the last socket, and where connections come and go as far as these can explain it.
func TestCountIsBelieved(t *testing.T) {
	for _, c := range []struct {
		before, after string
		opens         string // Out of 50 there were before.
		dumped        uint64
		believed      bool
	}{
		{"6400", "6400", "50", 6400, true},
		{"6400", "6400", "50", 6399, false},
		{"6400", "6400", "50", 6401, false},
		{"6400", "6410", "60", 6400, true},
		{"6400", "6410", "60", 6410, true},
		{"6400", "6410", "60", 6399, false},
		{"6400", "6410", "60", 6411, false},
		{"6400", "6410", "61", 6399, true}, // One has gone before it was dumped.
		{"6400", "6410", "61", 6411, true}, // One was dumped before it has gone.
		{"6410", "6400", "50", 6400, true},
		{"6410", "6400", "50", 6410, true},
		{"6410", "6400", "50", 6399, false},
		{"6410", "6400", "50", 6411, false},
		{"100000", "100001", "51", 98500, false}, // That one connection has come says nothing of the others.
		{"6400", "6400", "49", 6400, false},
		{"6400", "6400", "x", 6400, false},
		{"6400", "x", "50", 6400, false},
		{"x", "6400", "50", 6400, false},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			u, say, sc := inUseOn(t)
			say(c.before, "", "50")
			opened, ok := opensOf(u.snmp.Parse(sc))
			require.True(t, ok)
			before, known := u.counted(sc)
			assert.Equal(t, c.before != "x", known)
			say(c.after, "", c.opens)
			assert.Equal(t, c.believed, known && u.agree(sc, opened, before, establishedCounts{c.dumped, 0}))
		})
	}
	u, say, sc := inUseOn(t)
	say("10", "", "1")
	before, known := u.counted(sc)
	require.True(t, known, "a kernel without IPv6 has no such file")
	assert.False(t, u.agree(sc, 8, before, establishedCounts{10, 1}), "and no such socket")
}

func TestRestIsEstablished(t *testing.T) {
	u, say, sc := inUseOn(t)
	var tally counter
	tally.inUse = establishedCounts{10, 5}
	say("2510", "45", "1")
	require.True(t, u.complete(sc, &tally))
	assert.Equal(t, uint64(2500), tally.inet[snapshot.IPv4][snapshot.SocketEstablished])
	assert.Equal(t, uint64(40), tally.inet[snapshot.IPv6][snapshot.SocketEstablished])
	for _, bad := range [][2]string{{"9", "45"}, {"2510", "4"}, {"2510", "-1"}, {"x", "45"}} {
		say(bad[0], bad[1], "1")
		assert.False(t, u.complete(sc, &tally), "less than were seen, or nothing: %v", bad)
	}
}

// TestCountThatIsWrong: as long as the kernel's count is not that of a dump, everything is dumped, and when it becomes one
// after it was believed.
func TestCountThatIsWrong(t *testing.T) {
	openSockets(t, 5)
	u, say, sc := inUseOn(t)
	d := &dumps{timeout: (&Options{}).callTimeout()}
	t.Cleanup(d.close)
	read := func() uint64 {
		require.NoError(t, u.states(sc, d, false))
		established := d.counter.inet[snapshot.IPv4][snapshot.SocketEstablished]
		assert.Equal(t, u.established, established+d.counter.inet[snapshot.IPv6][snapshot.SocketEstablished])
		return established
	}
	say("1000000", "1000000", "1")
	u.established = manyEstablished
	assert.Less(t, read(), uint64(1000000))
	assert.Zero(t, u.believed)

	u.established, u.believed, u.compared = manyEstablished, 5, sc.Began
	say("0", "0", "1") // Fewer than the listeners that are seen.
	assert.GreaterOrEqual(t, read(), uint64(10))
	assert.Zero(t, u.believed, "and it is compared again")

	// What was believed long ago, or before most of them were gone, is not believed any more.
	u.established, u.believed, u.compared = manyEstablished, 5, sc.Began.Add(-timeBelieved)
	say("1000000", "1000000", "1")
	assert.Less(t, read(), uint64(1000000))
	assert.Zero(t, u.believed)
	u.established, u.believed, u.compared = manyEstablished-1, 5, sc.Began
	read()
	assert.Zero(t, u.believed)
}
