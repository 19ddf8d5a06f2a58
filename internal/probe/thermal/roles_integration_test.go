// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package thermal

import (
	"os"
	"strconv"
)

// The environment of a process that newDrivenChip starts: the directory of the chip that it serves, and the number of
// sensors.
const (
	serveChip    = "HOSTPROBE_TEST_SERVE_CHIP"
	serveSensors = "HOSTPROBE_TEST_SERVE_SENSORS"
)

// init makes a copy of this test binary the driver of a chip, which must outlive the blocked threads of the test.
func init() {
	if dir := os.Getenv(serveChip); dir != "" {
		sensors, err := strconv.Atoi(os.Getenv(serveSensors))
		if err != nil {
			panic(err)
		}
		drive(dir, sensors)
		os.Exit(0)
	}
}
