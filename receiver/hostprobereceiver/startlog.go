// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/confmap"
	"go.uber.org/zap"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// written is what the values of a Config do not show: the keys that the user wrote, of those that only a log line is about.
type written struct {
	// withoutEffect are keys of host_metrics that are accepted without effect.
	withoutEffect []string
	// forDocuments are keys that only snapshot documents are made by.
	forDocuments []string

	_ struct{} // Prevents unkeyed literals.
}

// writtenIn finds these keys in a configuration without nulls.
func writtenIn(user *confmap.Conf) (w written) {
	for _, key := range user.AllKeys() {
		if hasNoEffect(key) {
			w.withoutEffect = append(w.withoutEffect, key)
		}
	}
	slices.Sort(w.withoutEffect)
	if user.IsSet(keySnapshot) {
		w.forDocuments = append(w.forDocuments, keySnapshot)
	}
	for _, name := range scraperNames() {
		for part, spec := range scrapers[domainNamed(name)].parts {
			key := join(join(keyScrapers, name), part)
			if len(spec.metrics) == 0 && user.Get(key) == true {
				w.forDocuments = append(w.forDocuments, key)
			}
		}
	}
	return w
}

// hasNoEffect reports whether a key is one of host_metrics that is accepted without effect.
func hasNoEffect(key string) bool {
	inFilter := strings.HasPrefix(key, keyScrapers+"::") && strings.Contains(key, "::regexp::")
	return key == "metadata_collection_interval" || strings.HasPrefix(key, "scrapers::process::mute_process_") || inFilter
}

// logStart logs what is valid in the configuration and yet may not be what the user expects, once: as a warning if nothing comes of
// what was configured.
func (s *hostScraper) logStart() {
	cfg, hasMetrics, hasLogs := s.cfg, s.has(metricsSignal), s.has(logsSignal)
	if keys := cfg.written.withoutEffect; len(keys) > 0 {
		s.logger.Info("Keys of host_metrics that have no effect in host_probe", zap.Strings("keys", keys))
	}
	if keys := cfg.written.forDocuments; len(keys) > 0 && !hasLogs {
		s.logger.Warn("Keys have no effect: snapshot documents need the receiver in a logs pipeline", zap.Strings("keys", keys))
	}
	key, interval := "collection_interval", cfg.ControllerConfig.CollectionInterval
	if !hasMetrics {
		key, interval = "snapshot::interval", cfg.Snapshot.Interval
	}
	if timeout := cfg.ControllerConfig.Timeout; timeout > interval {
		s.logger.Warn("timeout is longer than "+key+": a slow scrape delays the next ones",
			zap.Duration("timeout", timeout), zap.Duration(key, interval))
	}
	if !hasMetrics {
		return
	}
	s.logRounded(hasLogs)
	if names := withoutMetrics(cfg, hasLogs); len(names) > 0 {
		s.logger.Warn("Scrapers none of whose metrics is enabled emit nothing", zap.Strings("scrapers", names))
	}
}

// logRounded logs each interval that is not a multiple of collection_interval. Each message has its key, because the Collector drops
// repeated messages.
func (s *hostScraper) logRounded(hasLogs bool) {
	cfg, tick := s.cfg, s.cfg.ControllerConfig.CollectionInterval
	log := func(key string, interval time.Duration) {
		if used := time.Duration(periodOf(interval, tick)) * tick; interval > 0 && used != interval {
			s.logger.Info(key+" rounded to a multiple of collection_interval",
				zap.Duration("interval", interval), zap.Duration("rounded", used), zap.Duration("collection_interval", tick))
		}
	}
	for _, name := range scraperNames() {
		if d := domainNamed(name); isEnabled(cfg, d) {
			log(join(join(keyScrapers, name), "interval"), scrapers[d].config(&cfg.Scrapers).Interval)
		}
	}
	if hasLogs {
		log("snapshot::interval", cfg.Snapshot.Interval)
	}
}

// withoutMetrics are the enabled scrapers that have metrics but emit none of them, nor a section of a document.
func withoutMetrics(cfg *Config, hasLogs bool) (names []string) {
	enabled := enabledMetrics(cfg)
	var documents snapshot.Domains
	if hasLogs {
		documents = documentDomains(cfg)
	}
	for _, name := range scraperNames() {
		d := domainNamed(name)
		metrics := scrapers[d].metrics
		if !isEnabled(cfg, d) || len(metrics) == 0 || documents.Has(d) {
			continue
		}
		if !slices.ContainsFunc(metrics, func(m string) bool { return enabled[m] && emits(cfg, d, m) }) {
			names = append(names, name)
		}
	}
	return names
}
