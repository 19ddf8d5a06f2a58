// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

import "iter"

// Domain is one part of a snapshot, read by one source and configured as one scraper of the same name.
type Domain uint8

// The domains, in the order in which they are read and reported.
const (
	DomainCPU Domain = iota
	DomainMemory
	DomainLoad
	DomainPaging
	DomainDisk
	DomainNFS
	DomainSystem
	DomainPressure
	DomainNetwork
	DomainConnections
	DomainFilesystem
	DomainProcesses
	DomainProcess
	DomainQuota
	DomainContainer
	DomainRuntime
	DomainThermal
	// NumDomains is how many domains there are.
	NumDomains
)

var domainNames = [NumDomains]string{
	DomainCPU:      "cpu",
	DomainMemory:   "memory",
	DomainLoad:     "load",
	DomainPaging:   "paging",
	DomainDisk:     "disk",
	DomainNFS:      "nfs",
	DomainSystem:   "system",
	DomainPressure: "pressure",

	DomainNetwork:     "network",
	DomainConnections: "connections",
	DomainFilesystem:  "filesystem",
	DomainProcesses:   "processes",
	DomainProcess:     "process",
	DomainQuota:       "quota",

	DomainContainer: "container",
	DomainRuntime:   "runtime",
	DomainThermal:   "thermal",
}

// String is the domain's name in configuration and telemetry.
func (d Domain) String() string { return domainNames[d] }

// Domains is a set of domains.
type Domains uint32

// Has reports whether d is in the set.
func (ds Domains) Has(d Domain) bool { return ds&(1<<d) != 0 }

// Add puts d into the set.
func (ds *Domains) Add(d Domain) { *ds |= 1 << d }

// All yields the domains of the set in their order.
func (ds Domains) All() iter.Seq[Domain] {
	return func(yield func(Domain) bool) {
		for d := range NumDomains {
			if ds.Has(d) && !yield(d) {
				return
			}
		}
	}
}
