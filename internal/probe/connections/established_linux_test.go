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
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// establishedOn returns an established of a root to whose files write writes inuse of IPv4 and IPv6, and how many connections
// were opened.
func establishedOn(t *testing.T) (e *established, write func(v4, v6, opened string), sc *source.Scrape) {
	t.Helper()
	root := t.TempDir()
	h := sourcetest.Open(t, source.Options{Root: root})
	e = &established{snmp: source.NewFile[procfs.NetSNMP](h, "proc/net/snmp", pseudofs.Single)}
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "", snapshot.IPv6: "6"} {
		e.sockstat[v] = source.NewFile[procfs.Sockstat](h, "proc/net/sockstat"+suffix, pseudofs.Single)
	}
	sc = &source.Scrape{Context: context.Background(), Began: time.Now()}
	return e, func(v4, v6, opened string) {
		hosttest.Write(t, root, "proc/net/sockstat", "TCP: inuse "+v4+" orphan 0 tw 0 alloc 0 mem 0\n")
		if v6 != "" {
			hosttest.Write(t, root, "proc/net/sockstat6", "TCP6: inuse "+v6+"\n")
		}
		hosttest.Write(t, root, "proc/net/snmp", "Tcp: ActiveOpens PassiveOpens\nTcp: 7 "+opened+"\n")
		sc.Tick++
	}, sc
}

// TestCountIsBelieved: on a quiet host if it is equal, else if connections opened and closed meanwhile explain the difference.
func TestCountIsBelieved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, after string
		opens         string // 50 before.
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
		{"6400", "6410", "61", 6399, true}, // One was closed before it was dumped.
		{"6400", "6410", "61", 6411, true}, // One was dumped before it was closed.
		{"6410", "6400", "50", 6400, true},
		{"6410", "6400", "50", 6410, true},
		{"6410", "6400", "50", 6399, false},
		{"6410", "6400", "50", 6411, false},
		{"100000", "100001", "51", 98500, false}, // One new connection does not explain the others.
		{"6400", "6400", "49", 6400, false},
		{"6400", "6400", "x", 6400, false},
		{"6400", "x", "50", 6400, false},
		{"x", "6400", "50", 6400, false},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			e, write, sc := establishedOn(t)
			write(c.before, "", "50")
			opened, ok := opensOf(e.snmp.Parse(sc))
			require.True(t, ok)
			before, known := e.counted(sc)
			assert.Equal(t, c.before != "x", known)
			write(c.after, "", c.opens)
			assert.Equal(t, c.believed, known && e.agree(sc, opened, before, establishedCounts{c.dumped, 0}))
		})
	}
	e, write, sc := establishedOn(t)
	write("10", "", "1")
	before, known := e.counted(sc)
	require.True(t, known, "a kernel without IPv6 has no such file")
	assert.False(t, e.agree(sc, 8, before, establishedCounts{10, 1}), "and no such socket")
}

func TestRestIsEstablished(t *testing.T) {
	t.Parallel()
	e, write, sc := establishedOn(t)
	var counts counter
	counts.inUse = establishedCounts{10, 5}
	write("2510", "45", "1")
	require.True(t, e.complete(sc, &counts))
	assert.Equal(t, uint64(2500), counts.inet[snapshot.IPv4][snapshot.SocketEstablished])
	assert.Equal(t, uint64(40), counts.inet[snapshot.IPv6][snapshot.SocketEstablished])
	for _, bad := range [][2]string{{"9", "45"}, {"2510", "4"}, {"2510", "-1"}, {"x", "45"}} {
		write(bad[0], bad[1], "1")
		assert.False(t, e.complete(sc, &counts), "fewer than were dumped, or unknown: %v", bad)
	}
}

// TestCountThatIsWrong: while inuse differs from a dump, everything is dumped; also when it becomes wrong after it was believed.
func TestCountThatIsWrong(t *testing.T) {
	openSockets(t, 5)
	e, write, sc := establishedOn(t)
	d := &dumps{open: newDumps(time.Second).open}
	t.Cleanup(d.close)
	read := func() uint64 {
		require.NoError(t, e.states(sc, d, nil))
		established := d.counter.inet[snapshot.IPv4][snapshot.SocketEstablished]
		assert.Equal(t, e.established, established+d.counter.inet[snapshot.IPv6][snapshot.SocketEstablished])
		return established
	}
	write("1000000", "1000000", "1")
	e.established = manyEstablished
	assert.Less(t, read(), uint64(1000000))
	assert.Zero(t, e.believed)

	e.established, e.believed, e.compared = manyEstablished, 5, sc.Began
	write("0", "0", "1") // Fewer than the listeners that are dumped.
	assert.GreaterOrEqual(t, read(), uint64(10))
	assert.Zero(t, e.believed, "and it is verified again")

	// A verification is invalid after timeBelieved, or once there are fewer than manyEstablished.
	e.established, e.believed, e.compared = manyEstablished, 5, sc.Began.Add(-timeBelieved)
	write("1000000", "1000000", "1")
	assert.Less(t, read(), uint64(1000000))
	assert.Zero(t, e.believed)
	e.established, e.believed, e.compared = manyEstablished-1, 5, sc.Began
	read()
	assert.Zero(t, e.believed)
}
