// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// quotaSource reads what the control group that this process is in may use and has used. Where groups above it have limits
// of their own, the tightest counts.
type Source struct {
	host    *source.Host
	group   *selfCgroup
	files   *limitFiles
	asked   snapshot.QuotaWant // What files are there for.
	devices *blockNames
	limits  []cgroupfs.DeviceMax // Of all groups, one for each device.
	open    unix.Rlimit          // Of descriptors. On 32 bits asking for it would allocate it.
}

func New(h *source.Host) *Source {
	q := &Source{host: h, group: newSelfCgroup(h), files: &limitFiles{}, devices: newBlockNames(h)}
	h.OnClose(func() { q.files.close() })
	return q
}

func (q *Source) Read(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Quota, &sc.Snapshot.Quota
	if want.FileDescriptorLimit {
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &q.open); err != nil {
			sc.Fault("RLIMIT_NOFILE", err)
		} else {
			s.FileDescriptorLimit = snapshot.Quantity{N: q.open.Cur, Known: q.open.Cur != unix.RLIM_INFINITY}
			filled = true
		}
	}
	controllers := controllersOf(want)
	if controllers == [numControllers]bool{} {
		return filled
	}
	changed, ok := q.group.update(sc)
	if !ok {
		return filled
	}
	asked := *want
	asked.FileDescriptorLimit = false
	if changed || asked != q.asked {
		q.files.close()
		q.files, q.asked = newLimitFiles(q.host.Self, &q.group.places, want), asked
	}
	for c := range numControllers {
		if place := &q.group.places[c]; controllers[c] && place.err != nil {
			sc.Fault(c.String(), place.err)
		}
	}
	s.Group = q.group.number
	filled = q.readCPU(sc, s) || filled
	filled = q.readMemory(sc, s) || filled
	filled = q.readTasks(sc, s) || filled
	return q.readIOLimits(sc, s) || filled
}

// controllers are those that have what is asked for.
func controllersOf(w *snapshot.QuotaWant) [numControllers]bool {
	return [numControllers]bool{
		controllerCPU:     w.CPULimit || w.Throttling,
		controllerCPUAcct: w.CPUTime,
		controllerMemory:  w.MemoryUsage || w.MemoryLimit || w.OOMKills,
		controllerPIDs:    w.Tasks || w.TaskLimit,
		controllerBlkIO:   w.IOLimits,
	}
}

func (q *Source) readCPU(sc *source.Scrape, s *snapshot.Quota) (filled bool) {
	f := q.files
	for _, file := range f.cpuMax {
		if limit := readGroupFile(sc, file); limit != nil {
			minCPULimit(s, limit.Quota, limit.Period)
			filled = true
		}
	}
	for i, file := range f.cpuQuota {
		quota, period := readGroupFile(sc, file), readGroupFile(sc, f.cpuPeriod[i])
		if quota != nil && period != nil {
			minCPULimit(s, quota.Number, period.N)
			filled = true
		}
	}
	if stat := readGroupFile(sc, f.throttling); stat != nil {
		s.ThrottledPeriods = snapshot.Quantity(stat.NrThrottled)
		if s.ThrottledTime = snapshot.Quantity(stat.ThrottledTime); stat.ThrottledUsec.Known {
			s.ThrottledTime = source.Nanoseconds(stat.ThrottledUsec, source.NanosPerMicro)
		}
		filled = true
	}
	return q.readCPUTime(sc, s) || filled
}

func (q *Source) readCPUTime(sc *source.Scrape, s *snapshot.Quota) (filled bool) {
	f := q.files
	if stat := readGroupFile(sc, f.cpuTime); stat != nil {
		s.CPUUser, s.CPUSystem = source.Nanoseconds(stat.UserUsec, source.NanosPerMicro), source.Nanoseconds(stat.SystemUsec, source.NanosPerMicro)
		return true
	}
	user, system := readGroupFile(sc, f.cpuUser), readGroupFile(sc, f.cpuSys)
	if user != nil && system != nil {
		s.CPUUser, s.CPUSystem = snapshot.Quantity(user.Number), snapshot.Quantity(system.Number)
		return true
	}
	// Before Linux 4.7 there are only ticks.
	if stat := readGroupFile(sc, f.cpuTicks); stat != nil {
		s.CPUUser, s.CPUSystem = source.Nanoseconds(stat.User, source.NanosecondsPerTick), source.Nanoseconds(stat.System, source.NanosecondsPerTick)
		return true
	}
	return false
}

func (q *Source) readMemory(sc *source.Scrape, s *snapshot.Quota) (filled bool) {
	f := q.files
	if usage := readGroupFile(sc, f.memoryUsage); usage != nil {
		s.MemoryUsage = snapshot.Quantity(usage.Number)
		filled = true
	}
	for _, file := range f.memoryMax {
		if limit := readGroupFile(sc, file); limit != nil {
			minLimit(&s.MemoryLimit, limit.Number)
			filled = true
		}
	}
	if stat := readGroupFile(sc, f.memoryStat); stat != nil {
		minLimit(&s.MemoryLimit, stat.HierarchicalMemoryLimit)
		filled = true
	}
	if events := readGroupFile(sc, f.memoryEvents); events != nil {
		s.OOMKills = snapshot.Quantity(events.OOMKill)
		filled = true
	}
	return filled
}

func (q *Source) readTasks(sc *source.Scrape, s *snapshot.Quota) (filled bool) {
	if tasks := readGroupFile(sc, q.files.tasks); tasks != nil {
		s.Tasks = snapshot.Quantity(tasks.Number)
		filled = true
	}
	for _, file := range q.files.tasksMax {
		if limit := readGroupFile(sc, file); limit != nil {
			minLimit(&s.TaskLimit, limit.Number)
			filled = true
		}
	}
	return filled
}

func (q *Source) readIOLimits(sc *source.Scrape, s *snapshot.Quota) (filled bool) {
	q.limits = q.limits[:0]
	for _, file := range q.files.ioMax {
		if limits := readGroupFile(sc, file); limits != nil {
			for i := range limits.Devices {
				q.minDeviceLimit(&limits.Devices[i])
			}
			filled = true
		}
	}
	if limits := readGroupFile(sc, q.files.readBPS); limits != nil {
		for _, d := range limits.Devices {
			q.minDeviceLimit(&cgroupfs.DeviceMax{Major: d.Major, Minor: d.Minor, RBPS: cgroupfs.Number{N: d.BPS, Known: true}})
		}
		filled = true
	}
	if limits := readGroupFile(sc, q.files.writeBPS); limits != nil {
		for _, d := range limits.Devices {
			q.minDeviceLimit(&cgroupfs.DeviceMax{Major: d.Major, Minor: d.Minor, WBPS: cgroupfs.Number{N: d.BPS, Known: true}})
		}
		filled = true
	}
	for i := range q.limits {
		d := &q.limits[i]
		s.IOLimits = append(s.IOLimits, snapshot.IOLimit{
			Device: q.devices.name(d.Major, d.Minor), Read: snapshot.Quantity(d.RBPS), Written: snapshot.Quantity(d.WBPS),
		})
	}
	q.devices.sweep()
	return filled
}

// tightenDevice adds a limit of bytes for a device. A device that is limited in operations alone has none.
func (q *Source) minDeviceLimit(d *cgroupfs.DeviceMax) {
	if !d.RBPS.Known && !d.WBPS.Known {
		return
	}
	for i := range q.limits {
		if have := &q.limits[i]; have.Major == d.Major && have.Minor == d.Minor {
			minLimit((*snapshot.Quantity)(&have.RBPS), d.RBPS)
			minLimit((*snapshot.Quantity)(&have.WBPS), d.WBPS)
			return
		}
	}
	if len(q.limits) < cgroupfs.MaxDevices {
		q.limits = append(q.limits, *d)
	}
}

// tighten takes in the limit of one more group.
func minLimit(limit *snapshot.Quantity, of cgroupfs.Number) {
	if of.Known && (!limit.Known || of.N < limit.N) {
		*limit = snapshot.Quantity(of)
	}
}

// tightenCPU takes in the limit of one more group, in microseconds. Periods may differ: the smaller share counts.
func minCPULimit(s *snapshot.Quota, quota cgroupfs.Number, period uint64) {
	if !quota.Known || period == 0 {
		return
	}
	if !s.CPUQuota.Known || float64(quota.N)/float64(period) < float64(s.CPUQuota.N)/float64(s.CPUPeriod.N) {
		s.CPUQuota = source.Nanoseconds(quota, source.NanosPerMicro)
		s.CPUPeriod = source.Nanoseconds(cgroupfs.Number{N: period, Known: true}, source.NanosPerMicro)
	}
}
