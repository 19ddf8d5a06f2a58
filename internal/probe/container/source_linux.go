// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"bytes"
	"os"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// surroundings tells what we run in ourselves. The evidence is in our own root and our own /proc, wherever the host's root
// is, and in our environment, of which a few variables are looked at, by name. It is gathered when the first of both
// domains is read, and again when our control group or our mounts are others: in between, a look costs two system calls.
type Detection struct {
	root              string // Of the host, "" for our own.
	maxLength         int
	own, host         *pseudofs.FS // One and the same where nobody has named a root. nil before the first look.
	cgroup, mountinfo *pseudofs.File

	tick             uint64
	detected         bool
	cgroupText       []byte // The text of /proc/self/cgroup that was decided on.
	mountsUnreadable bool   // The mounts could not be read.
	result           snapshot.Runtime
	faults           []source.Fault

	hostCgroup hostCgroup
	available  available
}

func New(root string, maxLength int) *Detection {
	return &Detection{root: root, maxLength: maxLength}
}

func (s *Detection) Source(d snapshot.Domain) source.Source { return domainSource{s, d} }

// domainSource is one of the two domains that the surroundings are told in.
type domainSource struct {
	*Detection
	domain snapshot.Domain
}

func (s domainSource) Read(sc *source.Scrape) (filled bool) {
	if s.own == nil {
		if err := s.open(); err != nil {
			sc.Fault("/", err)
			return false
		}
	}
	if s.tick != sc.Tick {
		s.scan()
		s.tick = sc.Tick
	}
	for i := range s.faults {
		sc.Fault(s.faults[i].Source, s.faults[i].Err)
	}
	r := &sc.Snapshot.Runtime
	if s.domain == snapshot.DomainContainer {
		r.ContainerRuntime, r.ContainerID = s.result.ContainerRuntime, s.result.ContainerID
		return true
	}
	r.Orchestrator, r.ContainerName = s.result.Orchestrator, s.result.ContainerName
	r.WorkloadID, r.WorkloadName, r.Namespace = s.result.WorkloadID, s.result.WorkloadName, s.result.Namespace
	if sc.Want.Runtime.Available {
		s.available.read(sc, s.host)
	}
	return true
}

func (s *Detection) open() error {
	own, err := pseudofs.OpenFS("")
	if err != nil {
		return err
	}
	host := own
	if s.root != "" {
		if host, err = pseudofs.OpenFS(s.root); err != nil {
			own.Close()
			return err
		}
	}
	s.use(own, host)
	return nil
}

func (s *Detection) use(own, host *pseudofs.FS) {
	s.own, s.host = own, host
	s.cgroup = own.File("proc/self/cgroup", pseudofs.Single)
	s.mountinfo = own.File("proc/self/mountinfo", pseudofs.Records)
}

func (s *Detection) Close() {
	if s.own == nil {
		return
	}
	s.cgroup.Close()
	s.mountinfo.Close()
	s.own.Close()
	if s.host != s.own {
		s.host.Close()
	}
	s.own, s.host = nil, nil
}

// look decides again if the evidence has changed. What cannot be read is no evidence, for as long as that lasts.
func (s *Detection) scan() {
	s.faults = s.faults[:0]
	group, err := s.cgroup.Read()
	s.note(s.cgroup, err)
	mounts, changed, err := s.mountinfo.ReadChanged()
	if err != nil {
		changed = !s.mountsUnreadable
	}
	if s.detected && !changed && bytes.Equal(group, s.cgroupText) {
		s.note(s.mountinfo, err)
		return
	}
	if mounts == nil && err == nil { // Only the group has changed.
		mounts, err = s.mountinfo.Read()
	}
	s.note(s.mountinfo, err)
	s.mountsUnreadable = err != nil
	s.cgroupText, s.detected = append(s.cgroupText[:0], group...), true
	s.detect(mounts)
}

func (s *Detection) note(file *pseudofs.File, err error) {
	if err != nil {
		s.faults = append(s.faults, source.Fault{Source: file.Name(), Err: err})
	}
}

func (s *Detection) detect(mounts []byte) {
	var info procfs.Mountinfo
	_ = info.Parse(mounts) // A line that the filesystem scraper would tell of says nothing here.
	e := runtimes.Evidence{
		Cgroup: s.cgroupText, Mounts: info.Mounts, Files: map[string][]byte{}, Variables: map[string]string{},
		Hostname: source.FirstLine(s.own, "proc/sys/kernel/hostname"),
	}
	if s.host != s.own {
		e.HostGroup = s.hostCgroup.find(s.own, s.host, s.cgroupText)
	}
	below, head := s.own.Below(), make([]byte, 0, markerSize)
	for _, name := range runtimes.Files() {
		text, err := below.ReadHead([]byte(name), head)
		if err == nil || s.own.Exists(name) {
			e.Files[name] = bytes.Clone(text)
		}
	}
	for _, name := range runtimes.Variables() {
		e.Variables[name] = os.Getenv(name)
	}
	v := runtimes.Detect(&e)
	s.result = snapshot.Runtime{
		ContainerRuntime: v.Runtime, ContainerID: s.text(v.ContainerID), Orchestrator: v.Orchestrator, WorkloadID: s.text(v.WorkloadID),
		WorkloadName: s.text(v.WorkloadName), Namespace: s.text(v.Namespace), ContainerName: s.text(v.ContainerName),
	}
}

// markerSize is as much as is read of a file that marks a container.
const markerSize = 4096

func (s *Detection) text(name string) string {
	return intern.Text([]byte(name), s.maxLength)
}
