// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
)

// What Read returns.
type (
	Fault      = source.Fault
	Scope      = source.Scope
	Reason     = source.Reason
	PanicError = blocking.PanicError // The Err of a fault whose reason is Panic.
)

// The scopes and reasons of faults.
const (
	ScopeFile      = source.ScopeFile
	ScopeDomain    = source.ScopeDomain
	ScopeProcesses = source.ScopeProcesses

	Unavailable = source.Unavailable
	Failed      = source.Failed
	Malformed   = source.Malformed
	Timeout     = source.Timeout
	Panic       = source.Panic
	NumReasons  = source.NumReasons
)
