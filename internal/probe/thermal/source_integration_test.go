// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package thermal

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestErrnosOfDrivers: an error of a driver drops its own sensor, as long as it lasts, and delays no scrape.
func TestErrnosOfDrivers(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	chip := newDrivenChip(t, 8)
	r, _ := chip.open(t, 0)
	var s snapshot.Snapshot
	require.Empty(t, r.Read(t, &s, 1))
	all := len(s.Thermal.Sensors)
	for errno, want := range map[string]source.Reason{
		"EAGAIN": source.Unavailable, "ENODATA": source.Unavailable, "EINVAL": source.Unavailable, "EIO": source.Failed, "ENXIO": source.Failed, "ETIMEDOUT": source.Failed,
	} {
		chip.order(t, "temp3_input "+errno)
		for range 3 {
			began := time.Now()
			faults := r.Read(t, &s, 1)
			assert.Less(t, time.Since(began), time.Second)
			require.Len(t, faults, 1, errno)
			assert.Equal(t, "sensor devices/platform/chip/temp3", faults[0].Source)
			assert.Equal(t, want, faults[0].Reason, errno)
			assert.Len(t, s.Thermal.Sensors, all-1, "the others are there")
		}
		chip.order(t, "temp3_input 33000")
		assert.Empty(t, r.Read(t, &s, 1), "recovered at once")
		assert.Len(t, s.Thermal.Sensors, all)
	}
	chip.order(t, "temp3_input ENODEV")
	assert.Empty(t, r.Read(t, &s, 1), "it may have been removed")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainThermal, Source: "sensor devices/platform/chip/temp3", Reason: source.Unavailable, Err: unix.ENODEV}}, r.Read(t, &s, 1))
}

// TestHungSensor: a sensor whose read blocks drops its own point and costs one deadline. It is not read while that read is
// pending, and is skipped for longer when it blocks again.
func TestHungSensor(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	const timeout = 300 * time.Millisecond
	chip := newDrivenChip(t, 8)
	r, src := chip.open(t, timeout)
	var s snapshot.Snapshot
	require.Empty(t, r.Read(t, &s, 1))
	all := len(s.Thermal.Sensors)
	hung := []source.Fault{{Domain: snapshot.DomainThermal, Source: "sensor devices/platform/chip/temp5", Reason: source.Timeout, Err: errSlow}}
	for _, skipped := range []int{1, 2, 4} {
		before := chip.order(t, "temp5_input hang")
		began := time.Now()
		assert.Equal(t, hung, r.Read(t, &s, 1))
		assert.GreaterOrEqual(t, time.Since(began), timeout)
		assert.Less(t, time.Since(began), timeout+2*time.Second)
		assert.Len(t, s.Thermal.Sensors, all-1, "the others are there")
		assert.NotEqual(t, before, chip.order(t, "temp5_input"), "it was read")

		before = chip.order(t, "temp5_input 5000") // The blocked read returns, too late.
		waitUntilReturned(t, src)
		for range skipped {
			assert.Equal(t, hung, r.Read(t, &s, 1))
			assert.Equal(t, before, chip.order(t, "temp5_input"), "it is skipped")
		}
	}
	chip.order(t, "temp5_input hang")
	r.Read(t, &s, 1)
	for range 3 * (1 << maxStep) {
		began := time.Now()
		assert.Equal(t, hung, r.Read(t, &s, 1), "it is not read while a read is pending")
		assert.Less(t, time.Since(began), timeout, "and no scrape waits for it")
	}
	chip.order(t, "temp5_input 5000")
	waitUntilReturned(t, src)
	assert.Empty(t, r.Read(t, &s, 1), "recovered without a restart")
	assert.Len(t, s.Thermal.Sensors, all)
}

// TestSlowDriver: fewer and fewer scrapes read a sensor that always responds too late.
func TestSlowDriver(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	chip := newDrivenChip(t, 8)
	r, src := chip.open(t, 250*time.Millisecond)
	var s snapshot.Snapshot
	require.Empty(t, r.Read(t, &s, 1))
	before := chip.order(t, "temp5_input 600ms")
	var read []int
	for scrape := range 40 {
		require.Len(t, r.Read(t, &s, 1), 1)
		waitUntilReturned(t, src)
		if reads := chip.order(t, "temp5_input"); reads != before {
			read, before = append(read, scrape), reads
		}
	}
	assert.Equal(t, []int{0, 2, 5, 10, 19, 36}, read)
	chip.order(t, "temp5_input 5000")
	for range 1 << maxStep {
		r.Read(t, &s, 1)
	}
	assert.Empty(t, r.Read(t, &s, 1), "and it recovers")
}

// TestManyHungSensors: threads are bounded however many reads block, sensors that were proven fast are read all the same,
// and closing waits for no read.
func TestManyHungSensors(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	const hung = blocking.MaxUnproven + 10
	for _, proven := range []bool{false, true} {
		chip := newDrivenChip(t, hung+6)
		h, err := source.OpenHost(source.Options{Root: chip.root, MaxLength: 1024, Timeout: time.Second})
		require.NoError(t, err)
		r := &sourcetest.Reader{Domain: snapshot.DomainThermal, Source: New(h, func(string) bool { return true }), Want: temperatures}
		var s snapshot.Snapshot
		if proven {
			require.Empty(t, r.Read(t, &s, 1))
		}
		for i := range hung {
			chip.order(t, fmt.Sprintf("temp%d_input hang", i))
		}
		r.Read(t, &s, 1)
		for range 3 {
			began := time.Now()
			assert.NotEmpty(t, r.Read(t, &s, 1))
			assert.Less(t, time.Since(began), 2*time.Second)
			threads, _ := h.Calls.Counts()
			assert.LessOrEqual(t, threads, blocking.MaxThreads)
		}
		if proven {
			assert.Len(t, s.Thermal.Sensors, 6, "the others are there")
		}
		began := time.Now()
		h.Close()
		assert.Less(t, time.Since(began), time.Second)
	}
}
