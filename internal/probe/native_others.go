// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package probe

import "errors"

func openNative(Options) (backend, error) {
	return nil, errors.New("no native backend on this platform")
}
