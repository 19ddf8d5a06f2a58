// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package source is what the sources of all domains share: the host whose kernel interfaces they read, the scrape that they
// fill, and the classes of what goes wrong.
package source
