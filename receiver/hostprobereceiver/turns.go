// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// turns says at which scrapes a domain is read: a scraper between its turns costs nothing and emits nothing.
type turns struct {
	domains snapshot.Domains
	every   [snapshot.NumDomains]int64
	tick    int64
}

func newTurns(cfg *Config) turns {
	t := turns{domains: metricsDomains(cfg)}
	for d := range snapshot.NumDomains {
		t.every[d] = ticks(scrapers[d].config(&cfg.Scrapers).Interval, cfg.ControllerConfig.CollectionInterval)
	}
	if !cfg.Scrapers.Connections.ScraperConfig.Enabled { // They are there for the network scraper alone.
		t.every[snapshot.DomainConnections] = t.every[snapshot.DomainNetwork]
	}
	return t
}

// ticks is an interval in scrapes, rounded, at least one.
func ticks(interval, collection time.Duration) int64 {
	return max(int64(interval.Round(collection)/collection), 1)
}

// next returns the domains of the next scrape. At the first one it is everybody's turn.
func (t *turns) next() (due snapshot.Domains) {
	for d := range t.domains.All() {
		if t.tick%t.every[d] == 0 {
			due.Add(d)
		}
	}
	t.tick++
	return due
}
