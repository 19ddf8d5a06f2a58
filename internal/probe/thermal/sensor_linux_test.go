// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestBackoff is in which scrapes something is asked that is always slow, from the first on, and that answers again.
func TestBackoff(t *testing.T) {
	var b backoff
	var asked []int
	for scrape := range 400 {
		if b.isDue() {
			asked = append(asked, scrape)
			b.slow()
		}
	}
	assert.Equal(t, []int{0, 2, 5, 10, 19, 36, 69, 134, 199, 264, 329, 394}, asked, "left out for 1, 2, 4 … 64 scrapes, and no longer")
	for b.rest > 0 {
		assert.False(t, b.isDue())
	}
	for range longestRest {
		assert.True(t, b.isDue(), "what answers is asked at each scrape")
		b.answered()
	}
	b.slow()
	assert.EqualValues(t, 1, b.rest, "and all is forgotten when it has answered as often as it was slow")
}

// TestNowAndThen: what is slow every other time does not cost a deadline every other time.
func TestNowAndThen(t *testing.T) {
	var b backoff
	asked, slow := 0, 0
	for range 1000 {
		if !b.isDue() {
			continue
		}
		if asked++; asked%4 == 0 {
			b.answered()
		} else {
			b.slow()
			slow++
		}
	}
	assert.Less(t, slow, 60)
}

// thermalSensors opens a probe with so many sensors, and reads them once.
func thermalSensors(t *testing.T, n int) (p *reader, s *snapshot.Snapshot, list []*sensor) {
	t.Helper()
	files := map[string]string{"name": "chip\n"}
	for i := range n {
		files[fmt.Sprintf("temp%d_input", i)] = "1000\n"
	}
	s = &snapshot.Snapshot{}
	p = open(t, Options{Root: chipRoot(t, files)}, allTemperatures)
	require.Empty(t, readThermal(p, s))
	return p, s, sourceOf[*Source](p).chips.sensors
}

// gatedSensor is a sensor that answers when the gate is open.
type gatedSensor struct {
	*sensor
	gate chan struct{}
}

func (g *gatedSensor) Do(fs *pseudofs.FS) {
	<-g.gate
	g.sensor.Do(fs)
}

// TestSlowSensor: one that is in flight since an earlier scrape is told as slow, not asked, and asked again when it is back
// and has been left out for long enough.
func TestSlowSensor(t *testing.T) {
	p, s, list := thermalSensors(t, 3)
	calls := hostOf(p).Calls
	slow := &gatedSensor{sensor: list[1], gate: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	calls.Run(ctx, []blocking.Call{slow})
	require.True(t, calls.Pending(slow))
	slow.slow()
	want := []source.Fault{{Domain: snapshot.DomainThermal, Source: "sensor devices/platform/chip/temp1", Reason: source.Timeout, Err: errSlow}}
	for range 5 {
		assert.Equal(t, want, readThermal(p, s))
		assert.Len(t, s.Thermal.Sensors, 2, "the others are there")
	}
	close(slow.gate)
	require.Eventually(t, func() bool { return !calls.Pending(slow) }, 5*time.Second, time.Millisecond)
	assert.Empty(t, readThermal(p, s))
	assert.Len(t, s.Thermal.Sensors, 3)

	slow.slow()
	slow.slow()
	for range 2 {
		assert.Equal(t, want, readThermal(p, s))
	}
	assert.Empty(t, readThermal(p, s))
}

// TestOrderOfSensors: those the last round did not get to are first, and those that may hang last.
func TestOrderOfSensors(t *testing.T) {
	p, _, list := thermalSensors(t, 5)
	of := sourceOf[*Source](p)
	list[0].call = blocking.State{}
	list[3].missed = true
	list[4].rest = 1
	assert.Equal(t, []blocking.Call{list[3], list[1], list[2], list[0]}, slices.Clone(of.due(p.want.Thermal)))
	assert.Len(t, of.due(p.want.Thermal), 5)
}

// TestNotReached: what a round did not get to is told as one.
func TestNotReached(t *testing.T) {
	p, s, list := thermalSensors(t, 3)
	of := sourceOf[*Source](p)
	of.due(p.want.Thermal)
	for _, one := range list[1:] {
		one.call = blocking.State{}
	}
	p.Begin(s, 1)
	p.scrape.Faults = nil
	of.fill(&p.scrape)
	assert.Len(t, p.scrape.Faults, 1)
	assert.Equal(t, "sensors", p.scrape.Faults[0].Source)
	assert.Equal(t, source.Timeout, p.scrape.Faults[0].Reason)
	assert.Len(t, s.Thermal.Sensors, 1)
	assert.False(t, list[0].missed)
	assert.True(t, list[1].missed && list[2].missed)
}

// TestErrnosOfSensors: which errors are states of a sensor. Telling them allocates nothing.
func TestErrnosOfSensors(t *testing.T) {
	for errno, want := range map[unix.Errno]source.Reason{
		unix.EAGAIN: source.Unavailable, unix.ENODATA: source.Unavailable, unix.EINVAL: source.Unavailable, unix.EACCES: source.Unavailable, unix.ENODEV: source.Unavailable,
		unix.EIO: source.Failed, unix.ETIMEDOUT: source.Failed, unix.ENXIO: source.Failed, unix.EREMOTEIO: source.Failed,
	} {
		s := &sensor{due: true, err: errno}
		assert.Equal(t, want, source.ReasonOf(s.check(nil)), "%v", errno)
		assert.ErrorContains(t, s.check(nil), errno.Error())
		assert.Zero(t, testing.AllocsPerRun(100, func() { source.ReasonOf(s.check(nil)) }))
	}
}

// TestPanicOfSensor costs that sensor only.
func TestPanicOfSensor(t *testing.T) {
	p, s, list := thermalSensors(t, 2)
	list[0].input = pseudofs.Name{}
	faults := readThermal(p, s)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Panic, faults[0].Reason)
	assert.Len(t, s.Thermal.Sensors, 1)
}

// BenchmarkSensors reads 32 sensors with two limits each, and beside it their files, which are opened for each reading.
func BenchmarkSensors(b *testing.B) {
	files := map[string]string{"name": "chip\n"}
	for i := range 32 {
		for end, text := range map[string]string{"input": "45000\n", "max": "80000\n", "crit": "100000\n", "label": "Core\n"} {
			files[fmt.Sprintf("temp%d_%s", i, end)] = text
		}
	}
	root := chipRoot(b, files)
	b.Run("probe", func(b *testing.B) {
		p := open(b, Options{Root: root}, allTemperatures)
		var s snapshot.Snapshot
		b.ReportAllocs()
		for b.Loop() {
			readThermal(p, &s)
		}
		require.Len(b, s.Thermal.Sensors, 32)
	})
	b.Run("files", func(b *testing.B) {
		fs, err := pseudofs.OpenFS(root)
		require.NoError(b, err)
		defer fs.Close()
		var names []pseudofs.Name
		for name := range files {
			if name != "name" && name[len(name)-5:] != "label" {
				names = append(names, pseudofs.NewName([]byte("sys/devices/platform/chip/hwmon/hwmon0/"+name)))
			}
		}
		buf := make([]byte, 0, maxText)
		b.ReportAllocs()
		for b.Loop() {
			for _, name := range names {
				_, _ = fs.ReadHead(name, buf)
			}
		}
	})
}
