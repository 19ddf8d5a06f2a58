// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package e2e has the tests of the built collectors, bin/otelcol-hostprobe and bin/otelcol-hostprobe-start, which go build has
// made of the sources below cmd. They run with the tag e2e, by make e2e; make build-ocb has ocb make the same bytes.
package e2e
