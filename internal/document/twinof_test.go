// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

// twinOf is the document of s, made in the plain way.
func twinOf(s *snapshot.Snapshot, o *Options) twin {
	has := func(d snapshot.Domain) bool { return o.Domains.Has(d) && s.Filled.Has(d) }
	pressure := has(snapshot.DomainPressure)
	doc := twin{
		Timestamp: rfc3339(s.Time), Platform: o.Host.OSType, Hostname: o.Host.Name, CollectedAt: s.Time / 1000,
		CPU:    orNil(twinOfCPU(s, has(snapshot.DomainCPU), pressure)),
		Memory: orNil(twinOfMemory(s, has(snapshot.DomainMemory), pressure)),
		Disk:   orNil(twinOfDisk(s, o, has(snapshot.DomainFilesystem), has(snapshot.DomainDisk))),
		IO:     orNil(twinOfIO(s, has(snapshot.DomainDisk), pressure)),

		Process: orNil(twinOfProcess(s, has(snapshot.DomainProcesses), has(snapshot.DomainProcess))),
	}
	if has(snapshot.DomainLoad) {
		doc.Load = orNil(twinLoad{fraction(s.Load.One, 1e6), fraction(s.Load.Five, 1e6), fraction(s.Load.Fifteen, 1e6)})
	}
	if has(snapshot.DomainNetwork) {
		if n := twinOfNetwork(&s.Network); n.Interfaces != nil || n.Stats != nil {
			doc.Network = &n
		}
	}
	if has(snapshot.DomainSystem) {
		doc.Switches = orNil(twinSwitches{
			opt(s.System.ContextSwitches),
			orNil(twinSelf{opt(s.Self.VoluntarySwitches), opt(s.Self.InvoluntarySwitches)}),
		})
	}
	if has(snapshot.DomainConnections) {
		doc.Connections = orNil(twinOfConnections(&s.Connections, o.Addresses))
	}
	addRest(&doc, s, has)
	return doc
}

func stallOf(p *twinPressure, some, full *snapshot.Stall) {
	p.SomeAvg10, p.SomeAvg60, p.SomeAvg300 = fraction(some.Avg10, 100), fraction(some.Avg60, 100), fraction(some.Avg300, 100)
	p.SomeTotal = micros(some.Total)
	if full != nil {
		p.FullAvg10, p.FullAvg60, p.FullAvg300 = fraction(full.Avg10, 100), fraction(full.Avg60, 100), fraction(full.Avg300, 100)
		p.FullTotal = micros(full.Total)
	}
}

func pressureOf(s *snapshot.Snapshot, r snapshot.PressureResource, told bool) *twinPressure {
	var p twinPressure
	if told {
		full := &s.Pressure[r].Full
		if r == snapshot.PressureCPU {
			full = nil
		}
		stallOf(&p, &s.Pressure[r].Some, full)
	}
	return orNil(p)
}

func twinOfCPU(s *snapshot.Snapshot, told, pressure bool) (c twinCPU) {
	c.Pressure = pressureOf(s, snapshot.PressureCPU, pressure)
	if !told {
		return c
	}
	c.Cores = len(s.CPU.Online)
	var busy, all, kilohertz uint64
	for _, cpu := range s.CPU.Online {
		if t := cpu.Since; t[snapshot.CPUIdle].Known && t[snapshot.CPUIOWait].Known {
			for state, spent := range t {
				if !spent.Known {
					continue
				}
				all += spent.N
				if state != int(snapshot.CPUIdle) && state != int(snapshot.CPUIOWait) {
					busy += spent.N
				}
			}
		}
	}
	c.Usage = pct(busy, all)
	for _, f := range s.CPU.Frequencies {
		kilohertz += f.Hertz / 1000
	}
	if n := len(s.CPU.Frequencies); n > 0 {
		c.Frequency = dec(kilohertz/uint64(n), 1000)
	}
	return c
}

func twinOfMemory(s *snapshot.Snapshot, told, pressure bool) (m twinMemory) {
	if k := &s.Memory; told {
		m = twinMemory{
			Total: opt(k.Total), Available: opt(k.Available), Used: opt(k.Used), Cached: opt(k.Cached), Buffers: opt(k.Buffered),
			SwapTotal: opt(k.SwapTotal), SwapUsed: opt(k.SwapUsed),
		}
		if k.Used.Known && k.Total.Known {
			m.Percent = pct(k.Used.N, k.Total.N)
		}
	}
	m.Pressure = pressureOf(s, snapshot.PressureMemory, pressure)
	return m
}

func twinOfDisk(s *snapshot.Snapshot, o *Options, filesystem, told bool) (d twinDisk) {
	if filesystem {
		usage, asked := []twinUsage{}, len(s.Filesystem.Mounts) == 0
		partitions := []twinPartition{}
		for _, m := range s.Filesystem.Mounts {
			partitions = append(partitions, twinPartition{m.Device, m.MountPoint, m.Type, m.Options})
			one := twinUsage{Path: m.MountPoint}
			if u := m.Usage; u.Known {
				one.Total, one.Used, one.Free = opt(snapshot.Known(u.Used+u.Free+u.Reserved)), opt(snapshot.Known(u.Used)), opt(snapshot.Known(u.Free))
				one.Percent = pct(u.Used, u.Used+u.Free)
			}
			if n := m.Inodes; n.Known {
				one.InodesTotal, one.InodesUsed, one.InodesFree = opt(snapshot.Known(n.Used+n.Free)), opt(snapshot.Known(n.Used)), opt(snapshot.Known(n.Free))
			}
			if m.Usage.Known || m.Inodes.Known {
				asked = true
				usage = append(usage, one)
			}
		}
		if asked {
			d.Usage = &usage
		}
		if o.Partitions {
			d.Partitions = &partitions
		}
	}
	if told {
		io := []twinDevice{}
		for _, k := range s.Disks.Devices {
			io = append(io, twinDevice{
				k.Device, opt(k.Read.Operations), opt(k.Read.Bytes), micros(k.Read.Time),
				opt(k.Written.Operations), opt(k.Written.Bytes), micros(k.Written.Time), opt(k.Pending), micros(k.IOTime), micros(k.WeightedIOTime),
			})
		}
		d.IO = &io
	}
	return d
}

func twinOfIO(s *snapshot.Snapshot, told, pressure bool) (io twinIO) {
	io.Pressure = pressureOf(s, snapshot.PressureIO, pressure)
	if told {
		var sums [4]uint64
		whole := "/"
		for _, d := range s.Disks.Devices {
			if d.Role == snapshot.DiskPartition || d.Role == snapshot.DiskUnknown && isPartition(d.Device, whole) {
				continue
			}
			whole = d.Device
			if d.Role == snapshot.DiskStacked || d.Role == snapshot.DiskUnknown && isStacked(d.Device) {
				continue
			}
			of := func(c *snapshot.DiskCounters) [4]snapshot.Quantity {
				return [...]snapshot.Quantity{c.Read.Operations, c.Read.Bytes, c.Written.Operations, c.Written.Bytes}
			}
			for i, now := range of(&d.DiskCounters) {
				if last := of(&d.Last)[i]; !now.Known {
					now = last
				}
				if now.Known {
					sums[i] += now.N
				}
			}
		}
		io.Reads, io.ReadBytes = opt(snapshot.Known(sums[0])), opt(snapshot.Known(sums[1]))
		io.Writes, io.WriteBytes = opt(snapshot.Known(sums[2])), opt(snapshot.Known(sums[3]))
	}
	return io
}

func twinOfNetwork(k *snapshot.Network) (n twinNetwork) {
	for _, i := range k.Interfaces {
		if i.FlagsKnown || i.Up.Known || i.MTU.Known || i.MAC != "" {
			link := twinInterface{Name: i.Name, MAC: i.MAC, MTU: opt(i.MTU)}
			if i.Up.Known {
				up := i.Up.N != 0
				link.Up = &up
			}
			if i.FlagsKnown {
				loopback, flags := i.Flags&snapshot.InterfaceLoopback != 0, []string{}
				for bit, name := range flagNames {
					if i.Flags>>bit&1 == 1 {
						flags = append(flags, name)
					}
				}
				link.Loopback, link.Flags = &loopback, &flags
			}
			n.Interfaces = append(n.Interfaces, link)
		}
		if r, s := i.Received, i.Sent; i.Counted {
			n.Stats = append(n.Stats, twinStats{
				i.Name, opt(r.Bytes), opt(s.Bytes), opt(r.Packets), opt(s.Packets), opt(r.Errors), opt(s.Errors), opt(r.Dropped), opt(s.Dropped),
			})
		}
	}
	return n
}

func twinOfProcess(s *snapshot.Snapshot, counts, list bool) (p twinProcess) {
	if counts || list {
		p.PID = opt(s.Self.PID)
	}
	if counts && s.Processes.CountKnown {
		var n uint64
		for _, count := range s.Processes.ByStatus {
			n += count
		}
		p.Count = opt(snapshot.Known(n))
	}
	if !list {
		return p
	}
	top, l := []twinOne{}, &s.ProcessList
	for _, k := range l.Top {
		one := twinOne{
			PID: int64(k.PID), Name: k.Name, RSS: opt(k.Resident), VMS: opt(k.Virtual), Threads: opt(k.Threads), FDs: opt(k.FileDescriptors),
		}
		if k.StatusKnown {
			one.State = statusNames[k.Status]
		}
		if k.Resident.Known && l.Memory.Known {
			one.Percent = pct(k.Resident.N, l.Memory.N)
		}
		if l.Elapsed.Known {
			user, system := k.Since[snapshot.ProcessUserTime], k.Since[snapshot.ProcessSystemTime]
			if user.Known && system.Known && l.CPUs.Known {
				one.CPU = pct(user.N+system.N, l.Elapsed.N*l.CPUs.N)
			}
			one.Read = rate(k.Since[snapshot.ProcessReadBytes], l.Elapsed.N)
			one.Write = rate(k.Since[snapshot.ProcessWrittenBytes], l.Elapsed.N)
		}
		top = append(top, one)
	}
	p.Top = &top
	return p
}

func rate(since snapshot.Quantity, elapsed uint64) *int64 {
	n := quotient(since.N, 1e9, elapsed)
	if n == nil || !since.Known {
		return nil
	}
	perSecond := n.Int64()
	return &perSecond
}

func twinOfConnections(k *snapshot.Connections, form Addresses) (c twinConnections) {
	if k.TCP[0].Known || k.TCP[1].Known {
		var n [snapshot.NumSocketStates + 1]int64
		for state := range snapshot.NumSocketStates {
			n[state] = num(k.TCP[0].ByState[state] + k.TCP[1].ByState[state])
			n[snapshot.NumSocketStates] += n[state]
		}
		c.Stats = &twinTCPStats{n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12]}
	}
	if k.Listed.TCP {
		list := []twinTCP{}
		for _, s := range k.TCPSockets {
			list = append(list, twinTCP{
				family(s.IPv6), address(s.Local, s.IPv6).String(), s.Local.Port, remote(s.Remote, s.IPv6, form), s.Remote.Port, stateNames[s.State], s.Owner.PID, s.Owner.Name,
			})
		}
		c.TCP = &list
	}
	if k.Listed.UDP {
		list := []twinUDP{}
		for _, s := range k.UDPSockets {
			one := twinUDP{Family: family(s.IPv6), LocalAddr: address(s.Local, s.IPv6).String(), LocalPort: s.Local.Port, State: "close", PID: s.Owner.PID, Name: s.Owner.Name}
			if s.Connected {
				one.RemoteAddr, one.RemotePort, one.State = remote(s.Remote, s.IPv6, form), &s.Remote.Port, "established"
			}
			list = append(list, one)
		}
		c.UDP = &list
	}
	if k.Listed.Unix {
		list := []twinUnix{}
		for _, s := range k.UnixSockets {
			kind := map[uint8]string{1: "stream", 2: "dgram", 5: "seqpacket"}[s.Type]
			list = append(list, twinUnix{s.Path, kind, stateNames[s.State], s.Owner.PID, s.Owner.Name})
		}
		c.Unix = &list
	}
	if k.Listed.Listeners {
		list := []twinListener{}
		for _, l := range k.Listeners {
			list = append(list, twinListener{map[bool]string{false: "tcp", true: "udp"}[l.UDP], address(l.Local, l.IPv6).String(), l.Local.Port, l.Owner.PID, l.Owner.Name})
		}
		c.Listeners = &list
	}
	return c
}

func addRest(doc *twin, s *snapshot.Snapshot, has func(snapshot.Domain) bool) {
	if has(snapshot.DomainThermal) {
		doc.Thermal = &twinThermal{len(s.Thermal.Sensors) > 0, []twinZone{}}
		degrees := func(t snapshot.Temperature) *float64 {
			f := float64(t.Milli) / 1000
			if !t.Known {
				return nil
			}
			return &f
		}
		for _, z := range s.Thermal.Sensors {
			doc.Thermal.Zones = append(doc.Thermal.Zones, twinZone{z.Chip, z.Label, degrees(z.Temperature), degrees(z.Max), degrees(z.Critical)})
		}
	}
	if q := &s.Quota; has(snapshot.DomainQuota) {
		limits := twinLimits{micros(q.CPUQuota), micros(q.CPUPeriod), opt(q.MemoryLimit), opt(q.TaskLimit), opt(q.FileDescriptorLimit)}
		usage := twinUsed{Memory: opt(q.MemoryUsage), MemoryLimit: opt(q.MemoryLimit), PIDs: opt(q.Tasks), PIDsLimit: opt(q.TaskLimit)}
		if q.CPUSince.Known && q.Elapsed.Known {
			usage.CPU = pct(q.CPUSince.N, q.Elapsed.N)
		}
		if q.CPUQuota.Known && q.CPUPeriod.Known {
			usage.CPULimit = pct(q.CPUQuota.N, q.CPUPeriod.N)
		}
		isKnown := len(q.IOLimits) > 0
		for _, k := range []snapshot.Quantity{q.CPUQuota, q.CPUPeriod, q.CPUUser, q.CPUSystem, q.MemoryUsage, q.MemoryLimit, q.Tasks, q.TaskLimit} {
			isKnown = isKnown || k.Known
		}
		doc.Quota = &twinQuota{isKnown, orNil(limits), orNil(usage)}
	}
	r := &s.Runtime
	is := r.ContainerRuntime != "" || r.ContainerID != ""
	if has(snapshot.DomainContainer) {
		doc.Container = &twinContainer{is, r.ContainerRuntime, r.ContainerID}
	}
	if has(snapshot.DomainRuntime) {
		doc.Runtime = &twinRuntime{is, r.ContainerRuntime, r.Orchestrator, r.ContainerID, r.WorkloadID, r.WorkloadName, r.Namespace, []twinAvailable{}}
		for _, a := range r.Available {
			one := twinAvailable{Runtime: a.Name, Path: a.SocketPath}
			if a.Known {
				one.Running = &a.Running
			}
			doc.Runtime.Available = append(doc.Runtime.Available, one)
		}
	}
}
