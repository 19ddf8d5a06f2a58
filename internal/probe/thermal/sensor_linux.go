// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// sensor is one temperature sensor, kept as long as its chip is. Its driver may access a chip over a slow bus, or send a
// command to a drive, so it is read on a thread of the pool: from the start of a round until the call has returned, what Do
// writes belongs to that thread.
type sensor struct {
	call blocking.State
	backoff
	want snapshot.ThermalWant // Of this round.

	name       string          // On its chip: temp1.
	files      sysfs.TempFiles // Which it has, on a hwmon device.
	sample     snapshot.Sensor // What it adds to the snapshot. ID, Chip and Label stay the same.
	labelKnown bool            // Label was read, or there is none.
	source     string          // Of its faults.
	// due: this scrape reads it; missed: no thread was left to read it in the last one; vanished: it was not found.
	due, missed, vanished bool

	input, fault, label pseudofs.Name // The last two may be zero.
	limits              []limit

	// What Do writes.
	read     snapshot.Sensor // The temperatures.
	err      error
	bad      scan.LineError
	text     []byte // The contents of the file that was read last: the label until it is known.
	labelErr error
}

// limit is a limit of a sensor.
type limit struct {
	file pseudofs.Name
	kind pseudofs.Name // The file with the type of a trip point, zero for a hwmon device.
	// known: the type is known, or needs no file; ignored: it is neither a maximum nor critical; critical: it is critical.
	known, ignored, critical bool
}

// maxText bounds the bytes read of a sensor's file. Labels and numbers are short.
const maxText = 128

// noReading is an errno by which a driver reports that there is no temperature at present.
type noReading unix.Errno

func (e noReading) Error() string {
	return "sensor reports no temperature: " + unix.Errno(e).Error()
}

// Is makes source.Unavailable its reason.
func (e noReading) Is(target error) bool { return target == errors.ErrUnsupported }

var (
	// errNoTemperature: the sensor reports a number outside the range of temperatures.
	errNoTemperature = source.UnavailableError("sensor reports no temperature")
	// errFaulty: tempN_fault is set.
	errFaulty = source.UnavailableError("chip reports a sensor fault")
	// errSlow: the sensor did not respond in time, or is skipped because of that.
	errSlow = fmt.Errorf("no response within call_timeout; skipped with backoff: %w", context.DeadlineExceeded)
	// errTooManySensors: sensors beyond maxSensors are not read.
	errTooManySensors = fmt.Errorf("more than %d; sensors with the highest numbers are omitted", maxSensors)
	// errNotReached: the deadline passed before a thread was free to read the sensor.
	errNotReached = fmt.Errorf("skipped: other sensors were slow: %w", context.DeadlineExceeded)
)

// identify derives the ID from that of the chip.
func (s *sensor) identify(chip string) {
	if id := chip + "/" + s.name; s.sample.ID != id {
		s.sample.ID, s.source = id, "sensor "+id
	}
}

// State implements blocking.Call.
func (s *sensor) State() *blocking.State { return &s.call }

// Do implements blocking.Call: it reads what want selects, and the label until it is known.
func (s *sensor) Do(fs *pseudofs.FS) {
	s.read, s.err = snapshot.Sensor{}, nil
	if s.want.Temperatures {
		s.err = s.measure(fs)
	}
	if s.want.Limits {
		for i := range s.limits {
			s.readLimit(fs, &s.limits[i])
		}
	}
	if !s.labelKnown {
		s.labelErr = s.readText(fs, s.label)
	}
}

// readText reads a file into text.
func (s *sensor) readText(fs *pseudofs.FS, file pseudofs.Name) (err error) {
	s.text, err = fs.ReadHead(file, s.text)
	return err
}

// measure reads the temperature.
func (s *sensor) measure(fs *pseudofs.FS) error {
	if !s.fault.IsZero() {
		if err := s.readText(fs, s.fault); err == nil {
			if faulty, _ := sysfs.Flag(s.text); faulty {
				return errFaulty
			}
		}
	}
	if err := s.readText(fs, s.input); err != nil {
		return err
	}
	milli, ok := sysfs.Millidegrees(s.text)
	if !ok {
		s.bad = scan.LineError{First: 1, Count: 1}
		return &s.bad
	}
	// Drivers report -274000 (THERMAL_TEMP_INVALID), -273200 and the like for an unknown temperature.
	if milli < snapshot.LowestTemperature || milli > snapshot.HighestTemperature {
		return errNoTemperature
	}
	s.read.Temperature = snapshot.Temperature{Milli: milli, Known: true}
	return nil
}

// readLimit reads one limit, and keeps the lowest of each kind. A limit that cannot be read is no fault, because many
// drivers have files for limits that their chip lacks. One of 0 °C or less was never set, and is ignored, as is one above the
// range of possible temperatures: NVMe reports 65261850, which is 65535 kelvin, for a limit that is not implemented.
func (s *sensor) readLimit(fs *pseudofs.FS, l *limit) {
	if !l.known {
		if s.readText(fs, l.kind) != nil {
			return
		}
		trip := sysfs.ParseTrip(s.text)
		l.known, l.critical = true, trip == sysfs.TripCritical
		l.ignored = trip != sysfs.TripCritical && trip != sysfs.TripHot && trip != sysfs.TripPassive
	}
	if l.ignored {
		return
	}
	err := s.readText(fs, l.file)
	milli, ok := sysfs.Millidegrees(s.text)
	if err != nil || !ok || milli <= 0 || milli > snapshot.HighestTemperature {
		return
	}
	lowest := &s.read.Max
	if l.critical {
		lowest = &s.read.Critical
	}
	if !lowest.Known || milli < lowest.Milli {
		*lowest = snapshot.Temperature{Milli: milli, Known: true}
	}
}

// check returns the fault of the sensor in this scrape, nil if there is none. result is that of its call.
func (s *sensor) check(result error) error {
	switch {
	case !s.due || errors.Is(result, blocking.ErrStuck):
		return errSlow
	case errors.Is(result, blocking.ErrNotRun):
		return errNotReached
	case result != nil:
		return result
	}
	switch errno, _ := s.err.(unix.Errno); errno { //nolint:errorlint // pseudofs does not wrap it, and errors.As allocates.
	case unix.EAGAIN, unix.ENODATA, unix.EINVAL:
		return noReading(errno)
	}
	return s.err
}

// isUnplugged reports whether a sensor, or its chip, was removed.
func isUnplugged(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) }
