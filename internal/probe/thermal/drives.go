// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

// ReadWhenNamed reports whether the sensors of a chip, by its name, should be read only if the configuration names it.
// Those of drives are: for each temperature the kernel sends a command to the drive (drivers/nvme/host/hwmon.c,
// drivers/hwmon/drivetemp.c), which keeps it from sleeping, wakes it, or queues behind its I/O.
func ReadWhenNamed(chip string) bool { return chip == "nvme" || chip == "drivetemp" }
