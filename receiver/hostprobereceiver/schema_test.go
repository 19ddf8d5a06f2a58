// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.yaml.in/yaml/v3"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// TestConfigSchema holds config.schema.json to the code: the keys and their types are those of Config, the descriptions its
// comments, the defaults those of the factory. `make generate` writes it.
//
// mdatagen can make a schema from a section config of metadata.yaml, but at v0.159 it also generates Config and
// createDefaultConfig from it, which have no layers, and nothing in its schema refuses an unknown key.
func TestConfigSchema(t *testing.T) {
	b := newSchemaBuilder(t)
	schema := b.object(reflect.ValueOf(createDefaultConfig()).Elem(), "")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["$id"] = "https://github.com/superviz-io/hostprobe/receiver/hostprobereceiver/config.schema.json"
	schema["title"] = "receiver/host_probe"
	schema["description"] = "The configuration of the receiver host_probe."
	schema["type"] = []string{"object", "null"}
	schema["$defs"] = node{
		"variable": node{
			"description": "No value, or a text with variables such as ${env:NAME}.",
			"type":        []string{"string", "null"}, "pattern": `\$\{.+\}`,
		},
		"duration": orVariable(node{ // A number is in nanoseconds.
			"type": []string{"string", "integer"}, "pattern": `^(0|([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`, "minimum": 0,
		}, "", nil),
		"sum":                 orVariable(node{"enum": aggregationStrategies}, "", metadata.AggregationStrategySum),
		"avg":                 orVariable(node{"enum": aggregationStrategies}, "", metadata.AggregationStrategyAvg),
		"on":                  orVariable(node{"type": "boolean"}, "", true),
		"off":                 orVariable(node{"type": "boolean"}, "", false),
		"metrics":             b.metrics(),
		"resource_attributes": b.resourceAttributes(),
	}
	hosttest.Golden(t, "config.schema.json", b.format(schema, "")+"\n")
}

var aggregationStrategies = []string{
	metadata.AggregationStrategySum, metadata.AggregationStrategyAvg, metadata.AggregationStrategyMin, metadata.AggregationStrategyMax,
}

// TestConfigSchemaLimits checks that the bounds of the schema are those of the code.
func TestConfigSchemaLimits(t *testing.T) {
	for path, bounds := range limits {
		for bound, beyond := range map[string]int{"minimum": -1, "maximum": +1} {
			if value, ok := bounds[bound].(int); ok {
				_, err := decode(confmap.NewFromStringMap(tree{keyTemplate: "full", path: value + beyond}))
				assert.ErrorContains(t, err, path+": ")
				if _, err = decode(confmap.NewFromStringMap(tree{keyTemplate: "full", path: value})); err != nil {
					assert.NotContains(t, err.Error(), path+": ")
				}
			}
		}
	}
}

// beyondSchema are the invalid configurations that the schema cannot refuse: values that contradict each other, that the host
// decides on, regular expressions, and durations that are too short.
var beyondSchema = []string{
	"all_scrapers_disabled", "conflicting_attributes", "nothing_left", "pool_limit_below_capacity", "root_path_a_file", "root_path_missing",
	"disk_bad_regexp", "filesystem_bad_regexp", "network_bad_regexp", "process_bad_regexp", "thermal_bad_regexp", "zero_collection_interval",
	"collection_interval_too_short", "disk_bad_regexps", "resource_bad_regexp",
	"disk_included_and_excluded", "filesystem_included_and_excluded", "network_included_and_excluded", "process_included_and_excluded",
	"thermal_included_and_excluded",
	"metric_of_part_not_in_template", "metric_of_part_of_scraper_not_named", "metric_of_part_off", "metric_of_part_off_at_scraper",
	"metric_of_scraper_not_in_template", "metric_of_scraper_not_named", "metric_of_scraper_off", "metric_of_several_parts_off",
	"metric_of_two_scrapers_off",
}

// TestConfigSchemaAccepts checks that the schema accepts valid configurations and refuses invalid ones.
func TestConfigSchemaAccepts(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("config.schema.json")
	require.NoError(t, err)
	for file, valid := range map[string]bool{"config.yaml": true, "config_errors.yaml": false} {
		entries, err := confmaptest.LoadConf(filepath.Join("testdata", file))
		require.NoError(t, err)
		for id, entry := range entries.ToStringMap() {
			_, name, _ := strings.Cut(id, "/")
			_, err := loadEntry(t, file, name)
			assert.Equal(t, valid, err == nil, "%s: %v", id, err)
			err = schema.Validate(entry)
			assert.Equal(t, valid || slices.Contains(beyondSchema, name), err == nil, "%s: %v", id, err)
		}
		for _, name := range beyondSchema {
			assert.Equal(t, !valid, entries.IsSet("host_probe/"+name), name)
		}
	}
	for text, valid := range map[string]bool{
		"max_series: ${env:SERIES}":                  true,
		"scrapers: ${env:SCRAPERS}":                  true,
		"scrapers: {cpu: '${env:CPU}', load: }":      true,
		"metrics: {system.cpu.time: '${env:TIME}'}":  true,
		"snapshot: {include: [cpu, '${env:OTHER}']}": true,
		"call_timeout: 1h30m":                        true,
		"call_timeout: 1.5s":                         true,
		"timeout: 10":                                true,
		"call_timeout: 10":                           false,
		"call_timeout: 1000000":                      true,
		"call_timeout: soon":                         false,
		"call_timeout: -1s":                          false,
		"max_series: many":                           false,
		"max_series: 1.5":                            false,
		"root_path: relative":                        false,
		"unknown: ":                                  false,
	} {
		var entry any
		require.NoError(t, yaml.Unmarshal([]byte(text), &entry))
		err := schema.Validate(entry)
		assert.Equal(t, valid, err == nil, "%s: %v", text, err)
	}
}

// TestCollectorSchema checks that editors can use the schema for whole configurations of a collector.
func TestCollectorSchema(t *testing.T) {
	folder := filepath.Join(hosttest.Repository(), "config")
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(folder, "collector.schema.json"))
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.True(t, bytes.HasPrefix(text, []byte("# yaml-language-server: $schema=collector.schema.json\n")), file)
		var collector map[string]any
		require.NoError(t, yaml.Unmarshal(text, &collector))
		assert.NoError(t, schema.Validate(collector), file)
		collector["receivers"] = map[string]any{"host_probe/another": map[string]any{"template": "big"}, "otlp": map[string]any{"template": "big"}}
		assert.ErrorContains(t, schema.Validate(collector), "host_probe")
	}
}
