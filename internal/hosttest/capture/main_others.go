// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import "log"

func main() { log.Fatal("hosts are captured on Linux only") }
