// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package terminalexporter has the exporter terminal, which prints metrics for a person: of each batch first the shares as
// percentages, then the rates of the counters that increased, then all other values, in a bounded number of lines.
//
// The exporter debug prints every point as it is: cumulative counters, fractions with 17 digits, one line each. To omit zeros
// before it needs the processor filter, whose language is a quarter of what the whole collector takes to compile.
package terminalexporter
