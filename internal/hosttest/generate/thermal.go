// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"

	"golang.org/x/tools/txtar"
)

// thermal has sensors of more kinds than any one host: of processors of two makers, of a mainboard with a label that is there
// twice, limits that are not set and a sensor that is faulty, of memory on a bus, of drives, and thermal zones, of which
// the kernel shows some as hwmon devices too.
//
// In between the temperatures change, a drive is unplugged, a core comes online, and three drivers are loaded again, so that
// their devices have other numbers.
func thermal(moment int) []txtar.File {
	tree := sysTree{moment: moment}
	tree.add("etc/hostname", "thermal\n")
	tree.add("etc/machine-id", "7e5707e57e5707e57e5707e57e5707e5\n")
	tree.add("etc/os-release", "PRETTY_NAME=\"Thermal Linux 1\"\nVERSION_ID=1\n")
	tree.add("proc/stat", fmt.Sprintf("cpu  %[1]d 0 0 0 0 0 0 0 0 0\ncpu0 %[1]d 0 0 0 0 0 0 0 0 0\nbtime 1767225600\n", 1000+moment))

	tree.zones()
	tree.drives()
	tree.processors()
	tree.board()
	return tree.files
}

// sysTree is the files of /sys as they are made.
type sysTree struct {
	moment int
	files  []txtar.File
}

func (t *sysTree) add(name, text string) {
	t.files = append(t.files, txtar.File{Name: name, Data: []byte(text)})
}

// hwmon makes a hwmon device with a name, at a path below the directory of its parent.
func (t *sysTree) hwmon(number int, parent, between, name string, channels ...tempChannel) {
	entry := "hwmon" + strconv.Itoa(number)
	path := "devices/" + parent + between + "/" + entry
	t.add("sys/class/hwmon/"+entry+" -> ../../"+path, "")
	t.add("sys/"+path+"/name", name+"\n")
	for _, c := range channels {
		t.channel("sys/"+path+"/temp", &c)
	}
}

// tempChannel is one temperature of a hwmon device, in thousandths of a degree. What is empty has no file.
type tempChannel struct {
	number                  int
	label, max, crit, fault string
	before, after           int // The temperature at each moment.
}

func (t *sysTree) channel(prefix string, c *tempChannel) {
	prefix += strconv.Itoa(c.number) + "_"
	for _, file := range []struct{ end, text string }{
		{"input", strconv.Itoa([]int{c.before, c.after}[t.moment])},
		{"label", c.label},
		{"max", c.max},
		{"crit", c.crit},
		{"crit_alarm", "0"},
		{"fault", c.fault},
	} {
		if file.text != "" {
			t.add(prefix+file.end, file.text+"\n")
		}
	}
}

// zones are two of ACPI, which have the first two channels of one hwmon device, one for each package, one of a wireless
// adapter that is off, and one whose temperature is unknown.
func (t *sysTree) zones() {
	t.zone(0, "acpitz", 27800, 29800, "critical", 119000, "passive", 95000, "active", 55000, "active", 50000)
	t.zone(1, "acpitz", 31000, 30500, "critical", 105000, "hot", 99000)
	for zone, device := range []string{"LNXTHERM:00", "LNXTHERM:01"} {
		t.add(fmt.Sprintf("sys/devices/virtual/thermal/thermal_zone%d/device -> ../../../LNXSYSTM:00/LNXSYBUS:01/%s", zone, device), "")
		t.add("sys/devices/LNXSYSTM:00/LNXSYBUS:01/"+device+"/hid", "LNXTHERM\n")
	}
	t.hwmon(0, "virtual/thermal/thermal_zone0", "", "acpitz",
		tempChannel{number: 1, before: 27800, after: 29800, crit: "119000"}, tempChannel{number: 2, before: 31000, after: 30500, crit: "105000"})
	t.add("sys/devices/virtual/thermal/thermal_zone0/hwmon0/device -> ../../thermal_zone0", "")
	t.zone(2, "x86_pkg_temp", 45000, 61000, "passive", 0, "passive", -274000)
	t.zone(3, "x86_pkg_temp", 43000, 58000, "passive", 80000, "passive", 0)
	t.zone(10, "pch-cannonlake", 51500, 52000, "critical", 115000, "hot", 108000)
	t.zone(4, "INT3400 Thermal", -274000, -274000)
	t.add("sys/class/thermal/cooling_device0 -> ../../devices/virtual/thermal/cooling_device0", "")
	t.add("sys/devices/virtual/thermal/cooling_device0/type", "Processor\n")
}

// zone makes a thermal zone with trip points, each a type and a temperature.
func (t *sysTree) zone(number int, kind string, before, after int, trips ...any) {
	entry := "thermal_zone" + strconv.Itoa(number)
	path := "sys/devices/virtual/thermal/" + entry + "/"
	t.add("sys/class/thermal/"+entry+" -> ../../devices/virtual/thermal/"+entry, "")
	t.add(path+"type", kind+"\n")
	t.add(path+"temp", fmt.Sprintln([]int{before, after}[t.moment]))
	t.add(path+"mode", "enabled\n")
	for i := 0; i < len(trips); i += 2 {
		t.add(fmt.Sprintf("%strip_point_%d_type", path, i/2), fmt.Sprintln(trips[i]))
		t.add(fmt.Sprintf("%strip_point_%d_temp", path, i/2), fmt.Sprintln(trips[i+1]))
		t.add(fmt.Sprintf("%strip_point_%d_hyst", path, i/2), "0\n")
	}
}

// drives are an NVMe and a disk that goes.
func (t *sysTree) drives() {
	t.hwmon(1, "pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme"+strconv.Itoa(t.moment), "", "nvme",
		tempChannel{number: 1, label: "Composite", before: 38850, after: 44850, max: "81850", crit: "84850"},
		tempChannel{number: 2, label: "Sensor 1", before: 38850, after: 44850, max: "65261850"},
		tempChannel{number: 3, label: "Sensor 2", before: 41850, after: 51850, max: "65261850"})
	if t.moment == 0 {
		t.hwmon(4, "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", "/hwmon", "drivetemp",
			tempChannel{number: 1, before: 31000, max: "60000", crit: "70000"})
	}
}

// processors are of Intel and of AMD, and a package that has a second core from the second moment on.
func (t *sysTree) processors() {
	core := func(number, core, before, after int) tempChannel {
		return tempChannel{number: number, label: fmt.Sprint("Core ", core), before: before, after: after, max: "82000", crit: "100000"}
	}
	channels := []tempChannel{{number: 1, label: "Package id 0", before: 45000, after: 61000, max: "82000", crit: "100000"}, core(2, 0, 43000, 60000)}
	if t.moment == 1 {
		channels = append(channels, core(10, 8, 0, 57000))
	}
	t.hwmon(2+t.moment, "platform/coretemp.0", "/hwmon", "coretemp", channels...)
	t.hwmon(3-t.moment, "pci0000:00/0000:00:18.3", "/hwmon", "k10temp",
		tempChannel{number: 1, label: "Tctl", before: 52125, after: 70250}, tempChannel{number: 3, label: "Tccd1", before: 49500, after: 66000})
}

// board is a monitoring chip of a mainboard, and two modules of memory.
func (t *sysTree) board() {
	t.hwmon(5, "platform/nct6775.656", "/hwmon", "nct6779",
		tempChannel{number: 1, label: "SYSTIN", before: 33000, after: 34000, max: "0", fault: "0"},
		tempChannel{number: 2, label: "CPUTIN", before: 40500, after: 47500, max: "80000", crit: "-1000"},
		tempChannel{number: 3, label: "AUXTIN", before: -62000, after: -62000, max: "80000", fault: "1"},
		tempChannel{number: 4, label: "AUXTIN", before: 25500, after: 26000},
		tempChannel{number: 8, label: "PCH_CPU_TEMP", before: 0, after: 0})
	for i, at := range []string{"0-0018", "0-0019"} {
		t.hwmon(10+i, "pci0000:00/0000:00:1f.4/i2c-0/"+at, "/hwmon", "jc42",
			tempChannel{number: 1, before: 30500 + 250*i, after: 35250 + 250*i, max: "0", crit: "95000"})
	}
}
