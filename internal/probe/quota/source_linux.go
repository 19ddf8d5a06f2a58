// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Source reads the limits and the usage of the collector's own cgroup into snapshot.Quota. If ancestors have limits as well,
// the lowest one is reported. It reads below the collector's root (source.Host.Self), not the host's. It is not safe
// for concurrent use.
type Source struct {
	host     *source.Host
	cgroup   *selfCgroup
	files    *limitFiles
	selected snapshot.QuotaWant // What files were made for.
	devices  *blockNames
	limits   []cgroupfs.DeviceMax // Of the cgroup and its ancestors, one for each device.
	nofile   unix.Rlimit          // A field, because a variable would escape to the heap on 32 bits.
}

// New returns the source of a host. It opens no file before the first Read that needs one. The files are closed with the
// host.
func New(h *source.Host) *Source {
	q := &Source{host: h, cgroup: newSelfCgroup(h), files: &limitFiles{}, devices: newBlockNames(h)}
	h.OnClose(func() { q.files.close() })
	return q
}

// Read fills the fields of snapshot.Quota that sc.Want selects, and reports whether it has filled any. A missing file leaves
// its fields unknown. Everything else that cannot be read is a fault of the file, by its base name, or of the controller. It
// implements source.Source.
func (q *Source) Read(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Quota, &sc.Snapshot.Quota
	if want.FileDescriptorLimit {
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &q.nofile); err != nil {
			sc.Fault("RLIMIT_NOFILE", err)
		} else {
			s.FileDescriptorLimit = snapshot.Quantity{N: q.nofile.Cur, Known: q.nofile.Cur != unix.RLIM_INFINITY}
			filled = true
		}
	}
	controllers := controllersOf(want)
	if controllers == [numControllers]bool{} {
		return filled
	}
	changed, ok := q.cgroup.update(sc)
	if !ok {
		return filled
	}
	selected := *want
	selected.FileDescriptorLimit = false
	if changed || selected != q.selected {
		q.files.close()
		q.files, q.selected = newLimitFiles(q.host.Self, &q.cgroup.locations, want), selected
	}
	for c := range numControllers {
		if at := &q.cgroup.locations[c]; controllers[c] && at.err != nil {
			sc.Fault(c.String(), at.err)
		}
	}
	s.Group = q.cgroup.number
	filled = q.readCPU(sc, s) || filled
	filled = q.readMemory(sc, s) || filled
	filled = q.readTasks(sc, s) || filled
	return q.readIOLimits(sc, s) || filled
}

// controllersOf returns the controllers that have what w selects.
func controllersOf(w *snapshot.QuotaWant) [numControllers]bool {
	return [numControllers]bool{
		controllerCPU:     w.CPULimit || w.Throttling,
		controllerCPUAcct: w.CPUTime,
		controllerMemory:  w.MemoryUsage || w.MemoryLimit || w.OOMKills,
		controllerPIDs:    w.Tasks || w.TaskLimit,
		controllerBlkIO:   w.IOLimits,
	}
}

// readCPU reads the CPU limit, throttling and the CPU time.
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

// readCPUTime reads user and system time from the first file that has them.
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
	// Before Linux 4.7, cpuacct has times in ticks only.
	if stat := readGroupFile(sc, f.cpuTicks); stat != nil {
		s.CPUUser, s.CPUSystem = source.Nanoseconds(stat.User, source.NanosecondsPerTick), source.Nanoseconds(stat.System, source.NanosecondsPerTick)
		return true
	}
	return false
}

// readMemory reads the usage and the limit of memory, and OOM kills.
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

// readTasks reads the number of tasks and their limit.
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

// readIOLimits reads the limits of block devices.
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

// minDeviceLimit adds the limits of a device, in bytes per second, of one more cgroup. Limits of operations alone are
// ignored.
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

// minLimit lowers limit to that of one more cgroup.
func minLimit(limit *snapshot.Quantity, of cgroupfs.Number) {
	if of.Known && (!limit.Known || of.N < limit.N) {
		*limit = snapshot.Quantity(of)
	}
}

// minCPULimit lowers the CPU limit to that of one more cgroup, in microseconds. Periods may differ: the smaller ratio of
// quota to period counts.
func minCPULimit(s *snapshot.Quota, quota cgroupfs.Number, period uint64) {
	if !quota.Known || period == 0 {
		return
	}
	if !s.CPUQuota.Known || float64(quota.N)/float64(period) < float64(s.CPUQuota.N)/float64(s.CPUPeriod.N) {
		s.CPUQuota = source.Nanoseconds(quota, source.NanosPerMicro)
		s.CPUPeriod = source.Nanoseconds(cgroupfs.Number{N: period, Known: true}, source.NanosPerMicro)
	}
}
