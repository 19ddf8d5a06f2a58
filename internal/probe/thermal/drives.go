// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

// ReadWhenNamed reports whether the sensors of a chip are to be read only if somebody asks for it by its name. Those of
// drives are: to know a temperature, the kernel sends a command to the drive (drivers/nvme/host/hwmon.c,
// drivers/hwmon/drivetemp.c), which keeps it from sleep, wakes it, or stands in line behind its work.
func ReadWhenNamed(chip string) bool { return chip == "nvme" || chip == "drivetemp" }
