// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package e2e has the tests of the built collector, bin/otelcol-hostprobe. They run with the tag e2e, by make e2e.
package e2e
