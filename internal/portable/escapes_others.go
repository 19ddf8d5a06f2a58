// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

// unescaped is the field as it is: only Linux escapes.
func unescaped(field string) string { return field }
