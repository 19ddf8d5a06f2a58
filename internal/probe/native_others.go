// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package probe

func openNative(Options) (backend, error) { return nil, errNoNative }
