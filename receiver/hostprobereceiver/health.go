// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/scraper/scrapererror"
	"go.uber.org/zap"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// health tracks the state of each source, so that a persistent condition is logged once when it starts and once when it clears.
// Unavailable sources are logged here; all other errors are returned to the controller, which logs them.
type health struct {
	logger   *zap.Logger
	states   map[part]state
	scrape   uint64
	document bool             // This scrape makes a document, which needs more sources than metrics.
	unread   snapshot.Domains // Domains that this scrape did not read to the end, so that their sources are unknown.
	newErrs  []error
}

// part is a source of a domain.
type part struct {
	domain snapshot.Domain
	source string
}

// missing is the message for a source that is unavailable.
func missing(f *probe.Fault) string {
	switch {
	case f.Effect != "":
		return "unavailable; " + f.Effect
	case f.Scope == probe.ScopeProcesses:
		return "unavailable for some processes; dependent metrics are omitted"
	}
	return "unavailable; dependent metrics are omitted"
}

type state struct {
	reason probe.Reason
	scrape uint64 // The last scrape with that reason.
	// document is true if only scrapes that make a document had that reason: the others may not read the source.
	document bool
}

func newHealth(logger *zap.Logger) *health {
	return &health{logger: logger, states: map[part]state{}}
}

// begin starts a scrape.
func (h *health) begin(document bool) {
	h.scrape++
	h.document = document
	h.unread, h.newErrs = 0, h.newErrs[:0]
}

// note updates the state of the fault's source.
func (h *health) note(f *probe.Fault) {
	at := part{domain: f.Domain, source: f.Source}
	before, known := h.states[at]
	h.states[at] = state{reason: f.Reason, scrape: h.scrape, document: h.document && (!known || before.document)}
	if f.Reason == probe.Panic || f.Reason == probe.Timeout && f.Scope == probe.ScopeDomain {
		h.unread.Add(f.Domain)
	}
	switch {
	case known && before.reason == f.Reason:
	case f.Reason == probe.Unavailable:
		h.log(at, missing(f), zap.Error(f.Err))
	default:
		h.newErrs = append(h.newErrs, fmt.Errorf("%s: %s: %w", f.Domain, f.Source, f.Err))
	}
}

// hasFault reports whether this scrape has noted a fault of the domain.
func (h *health) hasFault(d snapshot.Domain) bool {
	for at, s := range h.states {
		if at.domain == d && s.scrape == h.scrape {
			return true
		}
	}
	return false
}

// log logs a line about a source, with the source in its message: the Collector samples its log by message, and would drop the
// lines of all sources but the first ten if they shared one.
func (h *health) log(at part, what string, why zap.Field) {
	h.logger.Info(at.domain.String()+": "+at.source+" "+what,
		zap.Stringer("scraper", at.domain), zap.String("source", at.source), why)
}

// end logs the sources of the domains read that have recovered, and returns the new errors as one, nil if there are none. It is a
// PartialScrapeError: with any other error, the controller drops the batch.
func (h *health) end(read snapshot.Domains) error {
	for at, s := range h.states {
		if s.scrape != h.scrape && read.Has(at.domain) && !h.unread.Has(at.domain) && (h.document || !s.document) {
			delete(h.states, at)
			h.log(at, "recovered", zap.Stringer("was", s.reason))
		}
	}
	if len(h.newErrs) == 0 {
		return nil
	}
	return scrapererror.NewPartialScrapeError(errors.Join(h.newErrs...), len(h.newErrs))
}

// reportNameless logs that the host has no name, unless nothing that this receiver emits would have it.
func (s *hostScraper) reportNameless(h *snapshot.Host) {
	if h.Name != "" || !s.has(logsSignal) && !s.cfg.ResourceAttributes.HostName.Enabled {
		return
	}
	s.logger.Warn("host.name is unknown and omitted: without it, backends take all such hosts for one",
		zap.String("root_path", s.cfg.RootPath))
}
