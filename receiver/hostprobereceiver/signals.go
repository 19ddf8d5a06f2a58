// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"sync"

	"go.opentelemetry.io/collector/receiver"
)

// hosts are the scrapers in use by configuration: the Collector creates the two signals of a receiver separately, with the same
// pointer to its configuration, and they share one scraper.
var hosts struct {
	sync.Mutex
	byConfig map[*Config]*hostScraper
}

// signal is a signal of a receiver.
type signal uint8

const (
	metricsSignal signal = 1 << iota
	logsSignal
)

// sharedHost returns the scraper of a configuration, and adds the signal to it until release.
func sharedHost(set receiver.Settings, cfg *Config, of signal) (*hostScraper, error) {
	hosts.Lock()
	defer hosts.Unlock()
	host := hosts.byConfig[cfg]
	if host == nil || host.signals&of != 0 { // A second receiver with the same configuration.
		var err error
		if host, err = newHostScraper(set, cfg); err != nil {
			return nil, err
		}
		if hosts.byConfig == nil {
			hosts.byConfig = map[*Config]*hostScraper{}
		}
		hosts.byConfig[cfg] = host
	}
	host.signals |= of
	host.users |= of
	return host, nil
}

// release removes a signal that was shut down. The last one removes the scraper.
func (s *hostScraper) release(of signal) {
	hosts.Lock()
	defer hosts.Unlock()
	s.users &^= of
	if s.users == 0 && hosts.byConfig[s.cfg] == s {
		delete(hosts.byConfig, s.cfg)
	}
}
