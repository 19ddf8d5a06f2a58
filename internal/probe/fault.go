// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
)

// Fault is one thing that went wrong while a domain was read.
type Fault = source.Fault

// Scope is what a fault has cost.
type Scope = source.Scope

// Reason is the class of a fault.
type Reason = source.Reason

// PanicError is the error of a fault whose reason is Panic.
type PanicError = blocking.PanicError

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
