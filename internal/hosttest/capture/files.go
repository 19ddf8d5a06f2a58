// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// files are glob patterns below the root. Of what cannot be read there is no file: drivers answer EINVAL for a speed that
// they do not know.
var files = []string{
	"proc/stat",
	"proc/meminfo",
	"proc/loadavg",
	"proc/cpuinfo",
	"proc/vmstat",
	"proc/diskstats",
	"proc/uptime",
	"proc/filesystems",
	"proc/sys/fs/file-nr",
	"proc/sys/kernel/hostname",
	"proc/sys/kernel/pid_max",
	"proc/sys/net/netfilter/nf_conntrack_count",
	"proc/sys/net/netfilter/nf_conntrack_max",
	"proc/pressure/*",
	"sys/devices/system/cpu/cpu[0-9]*/topology/core_cpus_list",
	"sys/class/net/*",
	"sys/devices/virtual/net/*/uevent",
	"sys/devices/virtual/net/*/operstate",
	"sys/devices/virtual/net/*/carrier",
	"sys/devices/virtual/net/*/carrier_changes",
	"sys/devices/virtual/net/*/ifindex",
	"sys/devices/virtual/net/*/mtu",
	"sys/devices/virtual/net/*/speed",
	"proc/net",
	"proc/self",
	"proc/[0-9]*/stat",
	"proc/[0-9]*/status",
	"proc/[0-9]*/statm",
	"proc/[0-9]*/io",
	"proc/[0-9]*/cmdline",
	"proc/[0-9]*/comm",
	"proc/[0-9]*/cgroup",
	"proc/[0-9]*/exe",
}

// netFiles are those of a network namespace: of the host's first process, and of the one that reads.
var netFiles = []string{
	"dev", "snmp", "snmp6", "netstat", "sockstat", "sockstat6", "softnet_stat", "tcp", "tcp6", "udp", "udp6", "rpc/nfs", "rpc/nfsd",
}

// made are files that would identify the machine, and what stands in their place.
var made = []txtar.File{
	{Name: "etc/hostname", Data: []byte("captured\n")},
	{Name: "etc/machine-id", Data: []byte("0123456789abcdef0123456789abcdef\n")},
	{Name: "etc/os-release", Data: []byte("PRETTY_NAME=\"Captured Linux 1 (first)\"\nNAME=Captured\nVERSION_ID=\"1\"\n")},
	{Name: "etc/passwd", Data: []byte("root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/data/web:/bin/false\nworker:x:1000:1000::/data/worker:/bin/false\n")},
	{Name: "proc/swaps", Data: []byte("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")},
	{Name: "proc/1/mountinfo", Data: []byte(`25 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
26 25 0:5 / /dev rw,nosuid shared:2 - devtmpfs devtmpfs rw,size=8192000k,nr_inodes=2048000,mode=755
27 25 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:3 - proc proc rw
28 25 0:23 / /sys rw,nosuid,nodev,noexec,relatime shared:4 - sysfs sysfs rw
29 25 0:24 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=1638400k,mode=755
30 25 254:17 / /data rw,noatime shared:6 - ext4 /dev/vdb1 rw
`)},
	// The mount points that must be there.
	{Name: "data/made-up"},
	{Name: "dev/made-up"},
	{Name: "run/made-up"},
}

// containerMounts are those of the process in the container.
const containerMounts = `60 50 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/l1:/l2,upperdir=/u,workdir=/w
61 60 0:51 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
62 60 0:52 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
63 60 0:53 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
64 60 254:1 / /hostfs ro,relatime - ext4 /dev/vda1 rw
65 64 0:22 / /hostfs/proc rw,nosuid,nodev,noexec,relatime - proc proc rw
66 64 0:23 / /hostfs/sys rw,nosuid,nodev,noexec,relatime - sysfs sysfs rw
67 60 254:1 /var/lib/containers/5d0c1a7be2f4/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw
`

// capture writes the archive of this moment, as this process reads it. In a container, the numbers of its first process and
// its own are of different network namespaces.
func capture(out string, inContainer bool) error {
	archive := txtar.Archive{Files: made}
	add := func(name string) error {
		f, err := read(name, inContainer)
		if err == nil {
			archive.Files = append(archive.Files, f)
		}
		return err
	}
	root := os.DirFS("/")
	for _, pattern := range files {
		names, err := fs.Glob(root, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err = add(name); err != nil && !strings.HasPrefix(name, "sys/") {
				return err
			}
		}
	}
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return err
	}
	namespaces := []string{"1"}
	if inContainer {
		namespaces = append(namespaces, self)
	}
	for _, pid := range namespaces {
		for _, name := range netFiles {
			if err = add("proc/" + pid + "/net/" + name); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	if inContainer {
		archive.Files = append(archive.Files,
			txtar.File{Name: "proc/" + self + "/mountinfo", Data: []byte(containerMounts)},
			// Another one than the reader's, as the link to a namespace says.
			txtar.File{Name: "proc/1/ns/net"})
	} else {
		archive.Files = append(archive.Files,
			txtar.File{Name: "proc/" + self + "/mountinfo -> ../1/mountinfo"},
			txtar.File{Name: "proc/" + self + "/net -> ../1/net"})
	}
	if err = os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out, txtar.Format(&archive), 0o600)
}

// read is one file or link, without what would identify the machine.
func read(name string, inContainer bool) (f txtar.File, err error) {
	full, base := "/"+name, path.Base(name)
	comm := func() string {
		text, _ := os.ReadFile(path.Join(path.Dir(full), "comm"))
		return strings.TrimSpace(string(text))
	}
	switch base {
	case "exe":
		return txtar.File{Name: name + " -> " + commands[comm()][0]}, nil
	case "cgroup":
		return txtar.File{Name: name, Data: []byte(cgroup(comm(), inContainer))}, nil
	}
	if target, err := os.Readlink(full); err == nil {
		return txtar.File{Name: name + " -> " + target}, nil
	}
	text, err := os.ReadFile(full)
	if err != nil {
		return f, err
	}
	switch base {
	case "cmdline":
		return txtar.File{Name: name + " = " + strconv.QuoteToASCII(string(text))}, nil
	case "diskstats":
		text = onlyDisk(text)
	}
	return txtar.File{Name: name, Data: text}, nil
}

// onlyDisk leaves only the disk of the machine, with the partition that is mounted.
func onlyDisk(text []byte) []byte {
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); fields[2] == "vda" {
			fmt.Fprintf(&kept, "%s%4s %7d vda1 %s\n", line, fields[0], 1, strings.Join(fields[3:], " "))
		}
	}
	return []byte(kept.String())
}

// cgroup is the cgroup of a process, inContainer as seen from the container's cgroup namespace.
func cgroup(comm string, inContainer bool) string {
	above, group := "", "/system.slice/"+comm+".service"
	if inContainer {
		above = "/../.."
	}
	switch {
	case comm == "init":
		group = "/init.scope"
	case comm == "otelcol-box" && inContainer:
		above, group = "", "/"
	case comm == "otelcol-box":
		group = "/machine.slice/container-5d0c1a7be2f4.scope"
	}
	return "0::" + above + group + "\n"
}
