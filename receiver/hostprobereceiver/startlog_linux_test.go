// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// startLog is what a receiver logs when it is started for these signals.
func startLog(t *testing.T, of signal, text string) []observer.LoggedEntry {
	t.Helper()
	cfg, err := load(t, "root_path: "+hosttest.Unpack(t, "captured-vm", "t0")+"\n"+text)
	require.NoError(t, err)
	set := watch(t)
	s, err := newHostScraper(set.Settings, cfg)
	require.NoError(t, err)
	s.signals = of
	require.NoError(t, s.start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, s.shutdown(t.Context()))
	return set.log.All()
}

func TestStartLog(t *testing.T) {
	const (
		both      = metricsSignal | logsSignal
		noEffect  = "Keys of host_metrics that have no effect in host_probe"
		noLogs    = "Keys have no effect: snapshot documents need the receiver in a logs pipeline"
		isLonger  = "timeout is longer than collection_interval: a slow scrape delays the next ones"
		rounded   = " rounded to a multiple of collection_interval"
		noMetrics = "Scrapers none of whose metrics is enabled emit nothing"
		loadOff   = "system.cpu.load_average.1m: {enabled: false}, system.cpu.load_average.5m: {enabled: false}, system.cpu.load_average.15m: {enabled: false}"
	)
	type line struct {
		level   zapcore.Level
		message string
		fields  map[string]any
	}
	for name, tt := range map[string]struct {
		text    string
		signals signal
		lines   []line
	}{
		"nothing":      {signals: metricsSignal},
		"a template":   {text: "template: full", signals: both},
		"only logs":    {text: "template: full", signals: logsSignal},
		"host_metrics": {text: "collection_interval: 30s\nscrapers: {cpu: , memory: , network: , filesystem: , process: }", signals: metricsSignal},
		"keys of host_metrics": {
			text: "metadata_collection_interval: 10m\nscrapers:\n  process: {mute_process_exe_error: true, mute_process_io_error: }\n" +
				"  disk: {exclude: {match_type: regexp, devices: [loop], regexp: {cacheenabled: true, cachemaxnumentries: 5}}}",
			signals: metricsSignal,
			lines: []line{{zapcore.InfoLevel, noEffect, map[string]any{"keys": []any{
				"metadata_collection_interval", "scrapers::disk::exclude::regexp::cacheenabled",
				"scrapers::disk::exclude::regexp::cachemaxnumentries", "scrapers::process::mute_process_exe_error",
			}}}},
		},
		"documents without logs": {
			text:    "snapshot: {interval: 30s}\nscrapers: {cpu: , connections: {tcp_connections: true}, filesystem: {partitions: true}}",
			signals: metricsSignal,
			lines: []line{{zapcore.WarnLevel, noLogs, map[string]any{"keys": []any{
				"snapshot", "scrapers::connections::tcp_connections", "scrapers::filesystem::partitions",
			}}}},
		},
		"documents with logs":    {text: "snapshot: {interval: 2m}\nscrapers: {cpu: , connections: {tcp_connections: true}}", signals: both},
		"document parts off":     {text: "snapshot:\nscrapers: {connections: {tcp_connections: false}}", signals: metricsSignal},
		"timeout of an interval": {text: "timeout: 60s", signals: metricsSignal},
		"long timeout": {
			text: "timeout: 61s", signals: metricsSignal,
			lines: []line{{zapcore.WarnLevel, isLonger, map[string]any{"timeout": 61 * time.Second, "collection_interval": time.Minute}}},
		},
		"long timeout of documents": {
			text: "collection_interval: 1h\ntimeout: 2m", signals: logsSignal,
			lines: []line{{
				zapcore.WarnLevel, strings.Replace(isLonger, "collection_interval", "snapshot::interval", 1),
				map[string]any{"timeout": 2 * time.Minute, "snapshot::interval": time.Minute},
			}},
		},
		"intervals": {
			text: "collection_interval: 10s\nsnapshot: {interval: 25s}\n" +
				"scrapers: {cpu: {interval: 21s}, load: {interval: 3s}, memory: {interval: 20s}, disk: , nfs: {interval: 9s, enabled: false}}",
			signals: both,
			lines: []line{
				{zapcore.InfoLevel, "scrapers::cpu::interval" + rounded, map[string]any{
					"interval": 21 * time.Second, "rounded": 20 * time.Second, "collection_interval": 10 * time.Second,
				}},
				{zapcore.InfoLevel, "scrapers::load::interval" + rounded, map[string]any{
					"interval": 3 * time.Second, "rounded": 10 * time.Second, "collection_interval": 10 * time.Second,
				}},
				{zapcore.InfoLevel, "snapshot::interval" + rounded, map[string]any{
					"interval": 25 * time.Second, "rounded": 30 * time.Second, "collection_interval": 10 * time.Second,
				}},
			},
		},
		"no metrics": {
			text:    "scrapers: {cpu: , load: {metrics: {" + loadOff + "}}, system: {uptime: false}}",
			signals: metricsSignal,
			lines:   []line{{zapcore.WarnLevel, noMetrics, map[string]any{"scrapers": []any{"load", "system"}}}},
		},
		"no metrics but a document": {
			text:    "scrapers: {cpu: , load: {metrics: {" + loadOff + "}}}",
			signals: both,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []line
			for _, entry := range startLog(t, tt.signals, tt.text) {
				lines = append(lines, line{entry.Level, entry.Message, entry.ContextMap()})
			}
			assert.Equal(t, tt.lines, lines)
		})
	}
}

// TestKeysWithoutEffect holds hasNoEffect to the comments of the keys.
func TestKeysWithoutEffect(t *testing.T) {
	b := newSchemaBuilder(t)
	found := 0
	var check func(s reflect.Type, path string)
	check = func(s reflect.Type, path string) {
		for i := range s.NumField() {
			field := s.Field(i)
			key, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
			at := join(path, key)
			switch {
			case options == "squash":
				check(field.Type, path)
			case key == "" || key == keyMetrics || key == keyResourceAttributes:
			case field.Type.Kind() == reflect.Struct:
				check(field.Type, at)
			default:
				comment := strings.Join(strings.Fields(b.comments[s.Name()+"."+field.Name]), " ")
				isSo := strings.Contains(comment, "accepted without effect")
				assert.Equal(t, isSo, hasNoEffect(at), at)
				if isSo {
					found++
				}
			}
		}
	}
	check(reflect.TypeFor[Config](), "")
	assert.Greater(t, found, 20)
}
