// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package thermal reads temperature sensors: those of thermal zones, /sys/class/thermal/thermal_zone*/temp with their trip
// points, and of hwmon devices, /sys/class/hwmon/hwmon*/temp*_{input,max,crit,fault,label}.
//
// A scrape lists both classes, and discovers the chips again only when one was added or removed, or after discoveryPeriod
// scrapes. Each file of a sensor, its input, its fault and its limits, is opened, read and closed again: that takes 2.4 µs
// of CPU on Linux 6.18, beside the work of the driver. Reading may block, because drivers access hardware over slow buses
// or send commands to drives: sensors are read on the threads of blocking.Pool, and skipped with backoff after a timeout.
// The steady state allocates nothing.
package thermal
