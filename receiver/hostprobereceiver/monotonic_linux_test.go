// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// neverFalls asserts that no point of a monotonic sum is lower than in the batch before.
type neverFalls map[string]float64

func (before neverFalls) scrape(t *testing.T, s *hostScraper) map[string]point {
	t.Helper()
	batch, err := s.scrape(t.Context())
	require.NoError(t, err)
	points := pointsOf(t, batch)
	for _, rm := range batch.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if !m.Sum().IsMonotonic() {
					continue
				}
				for _, dp := range numbers(t, m).All() {
					id := m.Name() + fmt.Sprint(dp.Attributes().AsRaw())[len("map"):]
					assert.GreaterOrEqual(t, points[id].value(), before[id], id)
					before[id] = points[id].value()
				}
			}
		}
	}
	return points
}

// TestSumOverCPUsIsExact: 64 CPUs of which one goes offline and comes back while no counter moves. The offline one is added
// last, and a sum of floating-point numbers that is made in another order differs by nanoseconds: a reset to a backend.
func TestSumOverCPUsIsExact(t *testing.T) {
	lines := []string{"cpu  1 1 1 1 1 1 1 1 0 0"}
	seed := uint64(12345)
	for cpu := range 64 {
		line := fmt.Sprintf("cpu%d", cpu)
		for range 8 {
			seed = (seed*1103515245 + 12345) % (1 << 31)
			line += fmt.Sprint(" ", seed%100_000_000+10_000)
		}
		lines = append(lines, line+" 0 0")
	}
	lines = append(lines, "intr 1", "ctxt 98765", "btime 1790000000", "processes 4242", "procs_running 1", "procs_blocked 0", "")
	root := t.TempDir()
	for _, attributes := range []string{"[state]", "[]"} {
		hosttest.Write(t, root, "proc/stat", strings.Join(lines, "\n"))
		s := started(t, receivertest.NewNopSettings(metadata.Type),
			"scrapers: {cpu: {metrics: {system.cpu.time: {attributes: "+attributes+"}}}}\nroot_path: "+root)
		fallen := neverFalls{}
		whole := fallen.scrape(t, s)
		for n := 1; n <= 20; n++ {
			now := lines
			if n%2 == 1 {
				gone := 1 + n*7%64
				now = slices.Concat(lines[:gone], lines[gone+1:])
			}
			hosttest.Write(t, root, "proc/stat", strings.Join(now, "\n"))
			points := fallen.scrape(t, s)
			for id, p := range whole {
				if strings.HasPrefix(id, "system.cpu.time") {
					assert.Equal(t, p.value(), points[id].value(), "no counter has moved")
				}
			}
		}
	}
}

// TestSumOverDisksIsExact: the kernel lists devices in the order in which they appeared, and an order of its own after a
// reset; the sum of their times is the same.
func TestSumOverDisksIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var lines []string
	for disk := range 40 {
		n := func() uint64 { return random.Uint64N(1 << 32) }
		lines = append(lines, fmt.Sprintf("8 %d sd%d 1 2 3 %d 5 6 7 %d 9 %d %d\n", disk, disk, n(), n(), n(), n()))
	}
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "btime 1767225600\n")
	hosttest.Write(t, root, "proc/diskstats", strings.Join(lines, ""))
	s := started(t, receivertest.NewNopSettings(metadata.Type), `
scrapers:
  disk:
    metrics:
      system.disk.operation_time: {attributes: [direction]}
      system.disk.io_time: {attributes: []}
      system.disk.weighted_io_time: {attributes: []}
root_path: `+root)
	fallen := neverFalls{}
	for range 20 {
		require.Contains(t, fallen.scrape(t, s), "system.disk.io_time[]")
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		hosttest.Write(t, root, "proc/diskstats", strings.Join(lines, ""))
	}
}

// TestSecondsAreWhatTheKernelCounts: 24.33 s of user and system time are not 24.330000000000002.
func TestSecondsAreWhatTheKernelCounts(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 1213 0 1100 90 30 0 0 0\ncpu1 111 0 9 10 60 0 0 0\nbtime 1767225600\n")
	hosttest.Write(t, root, "proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=24130000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=200000\n")
	points := scrapeAll(t, started(t, receivertest.NewNopSettings(metadata.Type), `
scrapers:
  cpu: {metrics: {system.cpu.time: {attributes: []}}}
  pressure: {metrics: {system.pressure.linux.stall.time: {attributes: [system.pressure.resource]}}}
root_path: `+root))
	assert.Equal(t, "26.23", fmt.Sprint(points["system.cpu.time[]"].DoubleValue()))
	assert.Equal(t, "24.33", fmt.Sprint(points["system.pressure.linux.stall.time[system.pressure.resource:io]"].DoubleValue()))
}
