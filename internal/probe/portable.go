// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/portable"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// portableBackend reads through gopsutil.
type portableBackend struct {
	root   string
	reader *portable.Reader
	want   Want
}

func openPortable(o Options) backend {
	return &portableBackend{root: o.Root, reader: portable.New(o.Root), want: o.Want}
}

func (p *portableBackend) source(d snapshot.Domain) source {
	return portableSource{p, d}
}

func (p *portableBackend) bootTime(*scrape) (int64, error) { return p.reader.BootTime() }
func (p *portableBackend) host() snapshot.Host             { return identify(p.root) }
func (p *portableBackend) close()                          {}

type portableSource struct {
	*portableBackend
	domain snapshot.Domain
}

func (p portableSource) read(sc *scrape) (filled bool) {
	if err := p.fill(sc.snapshot); err != nil {
		sc.fault("gopsutil "+p.domain.String(), err)
		return false
	}
	return true
}

func (p portableSource) fill(s *snapshot.Snapshot) error {
	switch p.domain {
	case snapshot.DomainCPU:
		return p.reader.CPU(&s.CPU, p.want.CPUPhysical, p.want.CPUFrequency)
	case snapshot.DomainMemory:
		return p.reader.Memory(&s.Memory)
	default:
		return p.reader.Load(&s.Load, p.want.LoadCPUs)
	}
}
