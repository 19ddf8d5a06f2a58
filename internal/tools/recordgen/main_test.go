// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	metadataText = `
attributes:
  disk.device: {name_override: device, type: string}
  disk.type: {name_override: system.type, enum: [a, b], type: string}
  unit.name: {type: string}
  user.name: {type: string}
  user.number: {type: int}
metrics:
  disk.io:
    description: Bytes "moved".
    unit: By
    sum: {value_type: int, aggregation_temporality: cumulative, monotonic: true}
    attributes: [disk.device, disk.type]
  disk.owners:
    description: Owners.
    unit: "1"
    gauge: {value_type: int}
    attributes: [unit.name, user.name, user.number]
  disk.busy:
    description: Share of time.
    unit: "1"
    gauge: {value_type: double}
  disk.time:
    description: Time.
    unit: s
    sum: {value_type: double, aggregation_temporality: cumulative, monotonic: true}
`
	configText = "package metadata\n\ntype MetricsConfig struct {\n" +
		"\tDiskBusy DiskBusyMetricConfig `mapstructure:\"disk.busy\"`\n" +
		"\tDiskTime DiskTimeMetricConfig `mapstructure:\"disk.time\"`\n" +
		"\tDiskIO DiskIOMetricConfig `mapstructure:\"disk.io\"`\n" +
		"\tDiskOwners DiskOwnersMetricConfig `mapstructure:\"disk.owners\"`\n}\n"
	metricsText = "package metadata\n\n" +
		"func (mb *MetricsBuilder) RecordDiskBusyDataPoint(ts pcommon.Timestamp, val float64) {}\n\n" +
		"func (mb *MetricsBuilder) RecordDiskTimeDataPoint(ts pcommon.Timestamp, val float64) {}\n\n" +
		"func (mb *MetricsBuilder) RecordDiskIODataPoint(ts pcommon.Timestamp, val int64, diskDeviceAttributeValue string, diskTypeAttributeValue AttributeDiskType) {}\n" +
		"func (mb *MetricsBuilder) RecordDiskOwnersDataPoint(ts pcommon.Timestamp, val int64, unitNameAttributeValue string, userNameAttributeValue string, userNumberAttributeValue int64) {}\n"
)

// generate runs recordgen over these texts.
func generate(t *testing.T, metadata, config, metrics string) (code string, err error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"metadata.yaml": metadata, "generated_config.go": config, "generated_metrics.go": metrics} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out.go")
	if err = run(filepath.Join(dir, "metadata.yaml"), dir, out); err != nil {
		return "", err
	}
	text, err := os.ReadFile(out)
	return string(text), err
}

func TestGenerate(t *testing.T) {
	code, err := generate(t, metadataText, configText, metricsText)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"func (m *DiskIO) Record(v int64, device string, ofType metadata.AttributeDiskType) {\n\tm.recordInt(v, text(device), text(ofType.String()))\n}",
		"func (m *DiskOwners) Record(v int64, unitName string, userName string, userNumber int64) {\n\tm.recordInt(v, text(unitName), text(userName), integer(userNumber))\n}",
		"integers:    0b100,",
		"func (m *DiskBusy) Record(v float64) {\n\tm.recordDouble(v)\n}",
		"// Record adds v, in nanoseconds, to the batch.\nfunc (m *DiskTime) Record(v int64) {\n\tm.recordScaled(v)\n}",
		"scale:       1000000000,",
		"func (m *DiskIO) KeepsType() bool { return m.keeps(1) }",
		`attributes:  []string{"device", "system.type"},`,
		`description: "Bytes \"moved\".",`,
		"sum:         true,\n\t\tmonotonic:   true,\n\t\tinteger:     true,",
	} {
		if !strings.Contains(code, want) {
			t.Errorf("the code lacks\n%s\n\n%s", want, code)
		}
	}
	if strings.Index(code, "r.DiskBusy = ") > strings.Index(code, "r.DiskIO = ") {
		t.Error("metrics do not stand in the order of their names")
	}
}

func TestRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		metadata, config, metrics, want string
	}{
		"a metric that mdatagen does not know": {metadataText, strings.ReplaceAll(configText, "disk.io", "disk.oi"), metricsText, "run mdatagen first"},
		"attributes of another time":           {metadataText, configText, strings.ReplaceAll(metricsText, ", diskTypeAttributeValue AttributeDiskType", ""), "2 attributes, but 1"},
		"an attribute that is not defined":     {strings.ReplaceAll(metadataText, "attributes: [disk.device", "attributes: [disk.name"), configText, metricsText, "disk.name is not defined"},
		"an attribute without a switch":        {strings.ReplaceAll(metadataText, "device, type", "device, requirement_level: required, type"), configText, metricsText, "is not supported"},
		"a delta":                              {strings.ReplaceAll(metadataText, "cumulative", "delta"), configText, metricsText, "neither a gauge nor a cumulative sum"},
		"a type that record does not have":     {metadataText, configText, strings.ReplaceAll(metricsText, "diskDeviceAttributeValue string", "diskDeviceAttributeValue bool"), "is not supported"},
		"a sum that depends on the order":      {strings.ReplaceAll(metadataText, "unit: s\n", "unit: min\n"), configText, metricsText, "its values have to be integers"},
		"no metadata":                          {"\t", configText, metricsText, "metadata.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := generate(t, tt.metadata, tt.config, tt.metrics)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
