// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"sync"

	"go.opentelemetry.io/collector/receiver"
)

// hosts are the scrapers in use, by their configurations: the two signals of one receiver are created apart, with the same
// pointer to its configuration, and share one scraper.
var hosts struct {
	sync.Mutex
	byConfig map[*Config]*hostScraper
}

// signal is one of those that a receiver can have.
type signal uint8

const (
	metricsSignal signal = 1 << iota
	logsSignal
)

// sharedHost returns the scraper of a configuration, which has the signal from now on until it is released.
func sharedHost(set receiver.Settings, cfg *Config, of signal) (*hostScraper, error) {
	hosts.Lock()
	defer hosts.Unlock()
	host := hosts.byConfig[cfg]
	if host == nil || host.signals&of != 0 { // The same signal once more is another receiver.
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

// release says that a signal was shut down. The last one forgets the scraper.
func (s *hostScraper) release(of signal) {
	hosts.Lock()
	defer hosts.Unlock()
	s.users &^= of
	if s.users == 0 && hosts.byConfig[s.cfg] == s {
		delete(hosts.byConfig, s.cfg)
	}
}
