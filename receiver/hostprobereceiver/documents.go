// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	conventions "go.opentelemetry.io/otel/semconv/v1.9.0"
	"go.uber.org/zap"

	"github.com/superviz-io/hostprobe/internal/document"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// documents makes log records of snapshots, and selects the scrapes that make one.
type documents struct {
	options document.Options
	asMap   bool
	want    snapshot.Want // For a document, and for metrics.
	domains snapshot.Domains

	// delivery takes the documents of scrapes for metrics; nil unless the logs signal is started.
	delivery atomic.Pointer[delivery]
	period   int64 // In scrapes.
	count    int64
	broken   bool // The last document could not be made.
}

// sections are the names of the scrapers that have a section in the document, sorted.
func sections() (names []string) {
	for d := range snapshot.NumDomains {
		if scrapers[d].document != nil {
			names = append(names, d.String())
		}
	}
	slices.Sort(names)
	return names
}

// documentDomains are the domains to read for documents: those whose scraper is enabled and has an included section.
func documentDomains(cfg *Config) (domains snapshot.Domains) {
	include := cfg.Snapshot.Include
	if len(include) == 0 {
		include = sections()
	}
	for d := range snapshot.NumDomains {
		if isEnabled(cfg, d) && slices.Contains(include, d.String()) {
			domains.Add(d)
		}
	}
	return domains
}

// addDocumentWant adds what the sections of the document need.
func addDocumentWant(want *snapshot.Want, cfg *Config, domains snapshot.Domains) {
	for d := range domains.All() {
		if add := scrapers[d].document; add != nil {
			add(cfg, want)
		}
	}
}

// addRatesWant adds what the sections of these domains compute rates from.
func addRatesWant(want *snapshot.Want, domains snapshot.Domains) {
	for d := range domains.All() {
		if add := scrapers[d].rates; add != nil {
			add(want)
		}
	}
}

func documentOptions(cfg *Config, domains snapshot.Domains, host *snapshot.Host) document.Options {
	return document.Options{
		Host: *host, Domains: domains, Partitions: cfg.Scrapers.Filesystem.Partitions,
		Addresses: map[AddressForm]document.Addresses{
			AddressFull: document.FullAddresses, AddressPrefix: document.AddressPrefixes, AddressNone: document.NoAddresses,
		}[cfg.Snapshot.Addresses],
	}
}

// eventName is the event name of the log records.
const eventName = "hostprobe.snapshot"

// next returns the delivery that the next scrape for metrics makes a document for, with a reservation, or nil if no document is
// due. While the one before is in flight it is dropped, and nothing is read for it.
func (d *documents) next(dropped func()) (to *delivery) {
	to = d.delivery.Load()
	if to == nil {
		return nil
	}
	isDue := d.count%d.period == 0
	d.count++
	if !isDue {
		return nil
	}
	if !to.reserve() {
		dropped()
		return nil
	}
	return to
}

// deliver makes the document of the snapshot and sends it.
func (s *hostScraper) deliver(ctx context.Context, to *delivery) {
	logs, ok := s.makeDocument()
	if !ok {
		to.cancelReservation()
		s.telemetry.HostprobeSnapshotsDropped.Add(ctx, 1)
		return
	}
	to.send(logs)
}

// makeDocument makes the log record of the snapshot. A panic drops the document, and is logged once.
func (s *hostScraper) makeDocument() (logs plog.Logs, ok bool) {
	defer func() {
		if v := recover(); v != nil && !s.documents.broken {
			s.logger.Error("Snapshot document dropped: encoding panicked", zap.Any("panic", v), zap.ByteString("stack", debug.Stack()))
		}
		s.documents.broken = !ok
	}()
	logs = plog.NewLogs()
	rl := logs.ResourceLogs().AppendEmpty()
	rl.SetSchemaUrl(conventions.SchemaURL)
	s.resource.CopyTo(rl.Resource())
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(metadata.ScopeName)
	sl.Scope().SetVersion(s.version)
	record := sl.LogRecords().AppendEmpty()
	record.SetEventName(eventName)
	record.SetTimestamp(pcommon.Timestamp(s.snapshot.Time))
	record.SetObservedTimestamp(pcommon.Timestamp(s.snapshot.Time))
	if s.documents.asMap {
		t := bodyTree{open: []bodyNode{{object: record.Body().SetEmptyMap()}}}
		document.Build(&t, &s.snapshot, &s.documents.options)
	} else {
		record.Body().SetStr(s.encode())
	}
	return logs, true
}

// encode makes the document as JSON. It allocates only the string.
func (s *hostScraper) encode() string {
	buffer := s.lists.pools.JSON.Get()
	defer buffer.Release()
	buffer.Items = document.Append(buffer.Items, &s.snapshot, &s.documents.options)
	return string(buffer.Items)
}

// scrapeDocument is the scrape of a receiver with the logs signal alone.
func (s *hostScraper) scrapeDocument(ctx context.Context) (plog.Logs, error) {
	began := time.Now()
	due := s.documents.domains
	s.takeSnapshot(ctx, began, due, true)
	defer s.lists.release(&s.snapshot.Connections)
	logs, ok := s.makeDocument()
	if !ok {
		logs = plog.NewLogs()
		s.telemetry.HostprobeSnapshotsDropped.Add(ctx, 1)
	}
	s.report(ctx, due)
	s.reportOverrun(ctx, began, s.cfg.Snapshot.Interval)
	return logs, s.health.end(due)
}
