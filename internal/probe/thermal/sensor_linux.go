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

// sensor is one temperature sensor, kept as long as its chip is. Reading it may mean to ask a chip over a slow bus, or a
// drive by a command, so that is done on a thread of the callPool: between the start of a round and the moment it has
// answered, what ask writes belongs to that thread.
type sensor struct {
	call blocking.State
	backoff
	want snapshot.ThermalWant // Of this round.

	name   string          // Among those of its chip: temp1.
	files  sysfs.TempFiles // Which it has, on a hwmon device.
	told   snapshot.Sensor // Its ID, Chip and Label.
	named  bool            // It has its label, if there is one.
	source string          // Its name in faults.
	// due says that this scrape asks it; missed, that the last one did not get to it; vanished, that it was not found.
	due, missed, vanished bool

	input, fault, label pseudofs.Name // The last two may be none.
	limits              []limit

	// What ask reads.
	read     snapshot.Sensor // The temperatures.
	err      error
	bad      scan.LineError
	text     []byte // Of the file that was read last: the label until it is named.
	labelErr error
}

// limit is a file with a limit.
type limit struct {
	at   pseudofs.Name
	kind pseudofs.Name // The type of a trip point, none where critical says it all.
	// critical is what the limit is, once known.
	known, none, critical bool
}

// maxText bounds what is read of a sensor's file. Labels are short, and so are numbers.
const maxText = 128

// The temperatures that can be, in thousandths of a degree. Drivers say -274000 (THERMAL_TEMP_INVALID) of what they do not
// know, and NVMe says 65261850, which is 65535 kelvin, of a limit that it does not have.
const (
	absoluteZero = -273_150
	hottest      = 10_000_000
)

// noReading is an errno by which a sensor says that it has no temperature at present: that is a state of it.
type noReading unix.Errno

func (e noReading) Error() string {
	return "sensor reports no temperature: " + unix.Errno(e).Error()
}

// Is makes it a state of the host.
func (e noReading) Is(target error) bool { return target == errors.ErrUnsupported }

var (
	// errNoTemperature: the sensor answers with a number that is no temperature.
	errNoTemperature = source.UnavailableError("sensor reports no temperature")
	errFaulty        = source.UnavailableError("chip reports a sensor fault")
	// errSlow says that a sensor has not answered in time.
	errSlow = fmt.Errorf("no response within call_timeout; skipped with backoff: %w", context.DeadlineExceeded)
	// errTooManySensors says that not all sensors are read.
	errTooManySensors = fmt.Errorf("more than %d; sensors with the highest numbers are omitted", maxSensors)
	// errNotReached says that the deadline passed before a sensor was asked.
	errNotReached = fmt.Errorf("skipped: other sensors were slow: %w", context.DeadlineExceeded)
)

// identify names the sensor after its chip.
func (s *sensor) identify(chip string) {
	if id := chip + "/" + s.name; s.told.ID != id {
		s.told.ID, s.source = id, "sensor "+id
	}
}

// State implements blocking.Call.
func (s *sensor) State() *blocking.State { return &s.call }

// Do implements blocking.Call.
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
	if !s.named {
		s.labelErr = s.readText(fs, s.label)
	}
}

// readText reads a file into text.
func (s *sensor) readText(fs *pseudofs.FS, at pseudofs.Name) (err error) {
	s.text, err = fs.ReadHead(at, s.text)
	return err
}

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
	if milli < absoluteZero || milli > hottest {
		return errNoTemperature
	}
	s.read.Temperature = snapshot.Temperature{Milli: milli, Known: true}
	return nil
}

// readLimit reads one limit. Many drivers have files of limits that they cannot read, and chips have limits that nobody has
// set: one at the freezing point of water, or below it, is none.
func (s *sensor) readLimit(fs *pseudofs.FS, l *limit) {
	if !l.known {
		if s.readText(fs, l.kind) != nil {
			return
		}
		trip := sysfs.ParseTrip(s.text)
		l.known, l.critical = true, trip == sysfs.TripCritical
		l.none = trip != sysfs.TripCritical && trip != sysfs.TripHot && trip != sysfs.TripPassive
	}
	if l.none {
		return
	}
	err := s.readText(fs, l.at)
	milli, ok := sysfs.Millidegrees(s.text)
	if err != nil || !ok || milli <= 0 || milli > hottest {
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

// check is what has come of reading the sensor: nil if its temperature is known. result is that of the call.
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

// isUnplugged says that a sensor, or the chip that it is on, is not there any more.
func isUnplugged(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) }
