// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package thermal

import "os"

// serveChip is the environment variable with the directory of the chip that a process started by newDrivenChip serves.
const serveChip = "HOSTPROBE_TEST_SERVE_CHIP"

// init makes a copy of this test binary the driver of a chip, which must outlive the blocked threads of the test.
func init() {
	if dir := os.Getenv(serveChip); dir != "" {
		drive(dir)
		os.Exit(0)
	}
}
