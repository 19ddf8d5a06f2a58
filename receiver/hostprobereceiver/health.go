// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/scraper/scrapererror"
	"go.uber.org/zap"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// health remembers what is wrong with each source, so that a lasting condition is told once, and once more when it is
// over. What is unavailable is logged here; everything else is returned to the controller, which logs it.
type health struct {
	logger *zap.Logger
	states map[part]state
	scrape uint64
	// document is whether this scrape makes a document, for which more is read than for metrics.
	document bool
	unread   snapshot.Domains // Those of whose sources this scrape says nothing, for it did not get to all of them.
	news     []error
}

// part is one source of one domain.
type part struct {
	domain snapshot.Domain
	source string
}

// missing says what is left out while the source is not available. One that each process has is there for others, as our own.
func (p part) missing() string {
	if strings.Contains(p.source, "[pid]") {
		return "is not available for some processes; what only it can tell of them is left out"
	}
	return "is not available; what only it can tell is left out"
}

type state struct {
	reason probe.Reason
	scrape uint64 // The last one that found it so.
	// document says that only scrapes that make a document have found it so: the others may not have looked.
	document bool
}

func newHealth(logger *zap.Logger) *health {
	return &health{logger: logger, states: map[part]state{}}
}

// begin starts a scrape.
func (h *health) begin(document bool) {
	h.scrape++
	h.document = document
	h.unread, h.news = 0, h.news[:0]
}

// note takes in a fault.
func (h *health) note(f *probe.Fault) {
	at := part{f.Domain, f.Source}
	before, known := h.states[at]
	h.states[at] = state{f.Reason, h.scrape, h.document && (!known || before.document)}
	if f.Reason == probe.Panic || f.Reason == probe.Timeout && f.Source == f.Domain.String() {
		h.unread.Add(f.Domain)
	}
	switch {
	case known && before.reason == f.Reason:
	case f.Reason == probe.Unavailable:
		h.tell(at, at.missing(), zap.Error(f.Err))
	default:
		h.news = append(h.news, fmt.Errorf("%s: %s: %w", f.Domain, f.Source, f.Err))
	}
}

// tell writes a line about a source. Its message names the source: the Collector samples its log by message, and of one that
// all sources share it would write the first ten, and no line of the others, which are told once and never again.
func (h *health) tell(at part, what string, why zap.Field) {
	h.logger.Info(at.domain.String()+": "+at.source+" "+what,
		zap.Stringer("scraper", at.domain), zap.String("source", at.source), why)
}

// end says which sources of the domains that were read are well again, and returns what is new as one error, nil if
// nothing is. It is a PartialScrapeError: with any other the controller would drop what could be read.
func (h *health) end(read snapshot.Domains) error {
	for at, s := range h.states {
		if s.scrape != h.scrape && read.Has(at.domain) && !h.unread.Has(at.domain) && (h.document || !s.document) {
			delete(h.states, at)
			h.tell(at, "is well again", zap.Stringer("was", s.reason))
		}
	}
	if len(h.news) == 0 {
		return nil
	}
	return scrapererror.NewPartialScrapeError(errors.Join(h.news...), len(h.news))
}

// reportNameless logs that the host has no name, unless nothing that this receiver emits would have it.
func (s *hostScraper) reportNameless(h *snapshot.Host) {
	if h.Name != "" || !s.has(logsSignal) && !s.cfg.ResourceAttributes.HostName.Enabled {
		return
	}
	s.logger.Warn("host.name is unknown and omitted: backends cannot tell this host from others without a name",
		zap.String("root_path", s.cfg.RootPath))
}
