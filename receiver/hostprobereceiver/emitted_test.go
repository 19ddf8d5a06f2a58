// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestPartMetrics checks the metrics of each part by what a scrape reads: more than without any part if and only if the part alone is
// enabled that has the only enabled metric.
func TestPartMetrics(t *testing.T) {
	withPart := func(d snapshot.Domain, part string) *Config {
		options := tree{}
		for other := range scrapers[d].parts {
			options[other] = other == part
		}
		cfg, err := decode(confmap.NewFromStringMap(tree{keyScrapers: tree{d.String(): options}}))
		require.NoError(t, err)
		return cfg
	}
	for d := range snapshot.NumDomains {
		for part := range scrapers[d].parts {
			none, cfg := withPart(d, ""), withPart(d, part)
			for _, metric := range scrapers[d].metrics {
				enableOnly(none, metric)
				enableOnly(cfg, metric)
				isRead := metricsWant(cfg) != metricsWant(none)
				assert.Equal(t, slices.Contains(scrapers[d].parts[part].metrics, metric), isRead, "%s::%s: %s", d, part, metric)
				assert.Equal(t, isRead, emits(cfg, d, metric), "%s::%s: %s", d, part, metric)
			}
		}
	}
}

// enableOnly disables all metrics but one.
func enableOnly(cfg *Config, metric string) {
	metrics := reflect.ValueOf(&cfg.Metrics).Elem()
	for i := range metrics.NumField() {
		metrics.Field(i).FieldByName("Enabled").SetBool(metrics.Type().Field(i).Tag.Get("mapstructure") == metric)
	}
}

func TestMetricsWithoutEffect(t *testing.T) {
	const refused = "::enabled: true has no effect: no enabled scraper and part emits the metric; "
	assertErrors(t, map[string][]string{
		"metric_of_scraper_not_in_template": {"metrics::nfs.client.net.count" + refused + "enable scrapers::nfs"},
		"metric_of_scraper_not_named":       {"metrics::system.memory.utilization" + refused + "enable scrapers::memory"},
		"metric_of_scraper_off":             {"metrics::system.cpu.utilization" + refused + "enable scrapers::cpu"},
		"metric_of_part_not_in_template":    {"metrics::hw.network.up" + refused + "set scrapers::network::interfaces: true"},
		"metric_of_part_off":                {"metrics::system.filesystem.utilization" + refused + "set scrapers::filesystem::usage: true"},
		"metric_of_part_off_at_scraper": {
			"scrapers::system::metrics::system.process.limit" + refused + "set scrapers::system::activity: true",
		},
		"metric_of_part_of_scraper_not_named": {
			"metrics::system.process.limit" + refused + "enable scrapers::system with activity: true",
		},
		"metric_of_several_parts_off": {
			"metrics::system.pressure.linux.stall.utilization" + refused + "set scrapers::pressure::cpu: true or " +
				"set scrapers::pressure::io: true or set scrapers::pressure::irq: true or set scrapers::pressure::memory: true",
		},
		"metric_of_two_scrapers_off": {
			"metrics::system.network.connections" + refused + "enable scrapers::connections or set scrapers::network::stats: true",
		},
	})
}

// TestMarshal checks that the result of the layers is encoded without what they refuse, also as a part of other configurations.
func TestMarshal(t *testing.T) {
	cfg, err := load(t, "scrapers: {cpu: {metrics: {system.cpu.utilization: {enabled: true}}}}")
	require.NoError(t, err)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(struct {
		Receivers map[string]any `mapstructure:"receivers"`
	}{map[string]any{"host_probe": cfg}}))
	conf, err = conf.Sub("receivers::host_probe")
	require.NoError(t, err)
	assert.Equal(t, true, conf.Get("metrics::system.cpu.utilization::enabled"))
	assert.Equal(t, false, conf.Get("metrics::system.cpu.frequency::enabled"))
	assert.Nil(t, conf.Get("metrics::system.memory.usage::enabled"), "the memory scraper is off")
	assert.NotNil(t, conf.Get("metrics::system.memory.usage::aggregation_strategy"))
	again, err := decode(conf)
	require.NoError(t, err)
	assert.Equal(t, enabledMetrics(cfg), enabledMetrics(again))
	assert.Equal(t, cfg.Scrapers, again.Scrapers)
}
