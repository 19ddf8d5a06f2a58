// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package container

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Detection detects nothing: container detection supports Linux only. That is no fault of the host, and none is reported.
type Detection struct{}

// New returns a Detection. It opens nothing.
func New(string, int) *Detection { return &Detection{} }

// Source returns the source of one of the domains container and runtime, which stays empty.
func (d *Detection) Source(snapshot.Domain) source.Source { return d }

// Read implements source.Source.
func (d *Detection) Read(*source.Scrape) (filled bool) { return false }

// Close does nothing.
func (d *Detection) Close() {}
