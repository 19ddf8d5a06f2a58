// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package hostprobereceiver is the Collector receiver host_probe: on an interval it takes one snapshot of the host and
// emits it as metrics that all carry one timestamp.
package hostprobereceiver

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
//go:generate go run -C ../../internal/tools ./recordgen -metadata ../../metadata.yaml -generated ../../receiver/hostprobereceiver/internal/metadata -out ../../receiver/hostprobereceiver/internal/record/generated_record.go
//go:generate go test -run ^TestConfigSchema$ -update .
