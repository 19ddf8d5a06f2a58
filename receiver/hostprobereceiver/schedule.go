// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// schedule selects the domains that each scrape reads. A scraper that is not due reads nothing and emits nothing.
type schedule struct {
	domains snapshot.Domains
	period  [snapshot.NumDomains]int64 // In scrapes.
	count   int64
}

func newSchedule(cfg *Config) schedule {
	s := schedule{domains: metricsDomains(cfg)}
	for d := range snapshot.NumDomains {
		s.period[d] = periodOf(scrapers[d].config(&cfg.Scrapers).Interval, cfg.ControllerConfig.CollectionInterval)
	}
	if !cfg.Scrapers.Connections.ScraperConfig.Enabled { // Only the network scraper needs the domain.
		s.period[snapshot.DomainConnections] = s.period[snapshot.DomainNetwork]
	}
	return s
}

// periodOf is an interval in scrapes, rounded, at least one.
func periodOf(interval, collection time.Duration) int64 {
	return max(int64(interval.Round(collection)/collection), 1)
}

// next returns the domains that are due at the next scrape. At the first scrape all of them are.
func (s *schedule) next() (due snapshot.Domains) {
	for d := range s.domains.All() {
		if s.count%s.period[d] == 0 {
			due.Add(d)
		}
	}
	s.count++
	return due
}
