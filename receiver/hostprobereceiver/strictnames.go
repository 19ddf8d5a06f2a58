// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"

	"go.uber.org/zap"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// strictNames are the names of one strict include, and which of them the host has.
type strictNames struct {
	domain   snapshot.Domain
	path     string
	names    []string
	found    []bool
	reported bool
}

// includedNames are the strict includes of all scrapers.
type includedNames []*strictNames

// add adds an include if it is strict, and returns nil if it is not. Names of scrapers that are off are not decoded.
func (in *includedNames) add(d snapshot.Domain, include namedFilter) *strictNames {
	if include.matchType != MatchStrict || len(include.patterns) == 0 {
		return nil
	}
	n := &strictNames{
		domain: d, path: join(include.path, include.key), names: include.patterns, found: make([]bool, len(include.patterns)),
	}
	*in = append(*in, n)
	return n
}

// note notes that the host has a name. n may be nil.
func (n *strictNames) note(name string) {
	if n == nil || n.reported {
		return
	}
	for i := range n.names {
		if n.names[i] == name {
			n.found[i] = true
		}
	}
}

// watch returns a filter that keeps what keep does, and notes the names it is called with.
func (n *strictNames) watch(keep func(name string) bool) func(name string) bool {
	if n == nil {
		return keep
	}
	return func(name string) bool {
		n.note(name)
		return keep(name)
	}
}

// missing are the names that were not found.
func (n *strictNames) missing() (names []string) {
	for i, name := range n.names {
		if !n.found[i] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// logMissing logs, once for each include, the names that the first scrape of its domain has not found: as a warning if it has found
// none, because then nothing is emitted. While the domain fails, that is unknown.
func (s *hostScraper) logMissing(read snapshot.Domains, want *snapshot.Want) {
	for _, n := range s.included {
		failed := !s.snapshot.Filled.Has(n.domain) && s.health.hasFault(n.domain)
		if n.reported || !read.Has(n.domain) || failed || !readsNames(n.domain, want) {
			continue
		}
		n.reported = true
		missing := n.missing()
		if len(missing) == 0 {
			continue
		}
		log := s.logger.Info
		if !slices.Contains(n.found, true) {
			log = s.logger.Warn
		}
		log(n.path+": names not found at the first scrape", zap.Strings("names", missing))
	}
}

// readsNames reports whether a read domain lists what its filters select.
func readsNames(d snapshot.Domain, want *snapshot.Want) bool {
	switch d {
	case snapshot.DomainNetwork:
		return want.Network.Interfaces || want.Network.Links.Any()
	case snapshot.DomainFilesystem:
		return want.Filesystem.Statfs() || want.Filesystem.List
	case snapshot.DomainThermal:
		return want.Thermal.Temperatures || want.Thermal.Limits
	default:
		return true
	}
}
