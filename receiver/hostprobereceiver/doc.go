// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package hostprobereceiver is the Collector receiver host_probe: once per interval it takes a snapshot of the host and emits it as
// metrics with the same timestamp, and as a document.
package hostprobereceiver

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
//go:generate go run -C ../../internal/tools ./recordgen -metadata ../../metadata.yaml -generated ../../receiver/hostprobereceiver/internal/metadata -out ../../receiver/hostprobereceiver/internal/record/generated_record.go
//go:generate go test -run ^TestConfigSchema$ -update .
