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
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// thermalSensors opens a source with n sensors, and reads them once.
func thermalSensors(t *testing.T, n int) (r *sourcetest.Reader, s *snapshot.Snapshot, src *Source) {
	t.Helper()
	files := map[string]string{"name": "chip\n"}
	for i := range n {
		files[fmt.Sprintf("temp%d_input", i)] = "1000\n"
	}
	s = &snapshot.Snapshot{}
	r, src = open(t, source.Options{Root: chipRoot(t, files)}, allTemperatures)
	require.Empty(t, r.Read(t, s, 1))
	return r, s, src
}

// gatedSensor is a sensor that responds once the gate is open.
type gatedSensor struct {
	*sensor
	gate chan struct{}
}

func (g *gatedSensor) Do(fs *pseudofs.FS) {
	<-g.gate
	g.sensor.Do(fs)
}

// TestSlowSensor: a sensor whose read is pending since an earlier scrape is a timeout and not read. It is read again when
// that has returned and enough scrapes have skipped it.
func TestSlowSensor(t *testing.T) {
	r, s, src := thermalSensors(t, 3)
	calls, list := src.host.Calls, src.chips.sensors
	slow := &gatedSensor{sensor: list[1], gate: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	calls.Run(ctx, []blocking.Call{slow})
	require.True(t, calls.Pending(slow))
	slow.timedOut()
	want := []source.Fault{{Domain: snapshot.DomainThermal, Source: "sensor devices/platform/chip/temp1", Reason: source.Timeout, Err: errSlow}}
	for range 5 {
		assert.Equal(t, want, r.Read(t, s, 1))
		assert.Len(t, s.Thermal.Sensors, 2, "the others are there")
	}
	close(slow.gate)
	require.Eventually(t, func() bool { return !calls.Pending(slow) }, 5*time.Second, time.Millisecond)
	assert.Empty(t, r.Read(t, s, 1))
	assert.Len(t, s.Thermal.Sensors, 3)

	slow.timedOut()
	slow.timedOut()
	for range 2 {
		assert.Equal(t, want, r.Read(t, s, 1))
	}
	assert.Empty(t, r.Read(t, s, 1))
}

// TestOrderOfSensors: those that the last round did not reach are first, and those that may block last.
func TestOrderOfSensors(t *testing.T) {
	r, _, src := thermalSensors(t, 5)
	list := src.chips.sensors
	list[0].call = blocking.State{}
	list[3].missed = true
	list[4].skip = 1
	assert.Equal(t, []blocking.Call{list[3], list[1], list[2], list[0]}, slices.Clone(src.due(r.Want.Thermal)))
	assert.Len(t, src.due(r.Want.Thermal), 5)
}

// TestNotReached: the sensors that a round did not reach are one fault.
func TestNotReached(t *testing.T) {
	r, s, src := thermalSensors(t, 3)
	list := src.chips.sensors
	src.due(r.Want.Thermal)
	for _, one := range list[1:] {
		one.call = blocking.State{}
	}
	r.Begin(s, 1)
	r.Scrape.Faults = nil
	src.fill(&r.Scrape)
	assert.Len(t, r.Scrape.Faults, 1)
	assert.Equal(t, "sensors", r.Scrape.Faults[0].Source)
	assert.Equal(t, source.Timeout, r.Scrape.Faults[0].Reason)
	assert.Len(t, s.Thermal.Sensors, 1)
	assert.False(t, list[0].missed)
	assert.True(t, list[1].missed && list[2].missed)
}

// TestErrnosOfSensors: the reason of each errno. Classifying it allocates nothing.
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

// TestPanicOfSensor: a panic drops that sensor only.
func TestPanicOfSensor(t *testing.T) {
	r, s, src := thermalSensors(t, 2)
	src.chips.sensors[0].input = pseudofs.Name{}
	faults := r.Read(t, s, 1)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Panic, faults[0].Reason)
	assert.Len(t, s.Thermal.Sensors, 1)
}

// BenchmarkSensors reads 32 sensors with two limits each, and for comparison their files alone.
func BenchmarkSensors(b *testing.B) {
	files := map[string]string{"name": "chip\n"}
	for i := range 32 {
		for end, text := range map[string]string{"input": "45000\n", "max": "80000\n", "crit": "100000\n", "label": "Core\n"} {
			files[fmt.Sprintf("temp%d_%s", i, end)] = text
		}
	}
	root := chipRoot(b, files)
	b.Run("probe", func(b *testing.B) {
		r, _ := open(b, source.Options{Root: root}, allTemperatures)
		var s snapshot.Snapshot
		b.ReportAllocs()
		for b.Loop() {
			r.Read(b, &s, 1)
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
