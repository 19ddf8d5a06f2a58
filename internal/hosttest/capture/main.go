// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Command capture writes the kernel files that hostprobe reads, as they are on this host now, into a txtar archive that
// hosttest.Unpack makes a root of. Run it in namespaces of its own, so that nothing of the host's software is in it; see
// testdata/hosts/README.md.
//
//	capture -out testdata/hosts/<origin>/t0.txtar
package main

import (
	"flag"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/txtar"
)

// files are glob patterns below the root.
var files = []string{
	"proc/stat",
	"proc/meminfo",
	"proc/loadavg",
	"proc/cpuinfo",
	"proc/vmstat",
	"proc/swaps",
	"proc/diskstats",
	"proc/uptime",
	"proc/sys/fs/file-nr",
	"proc/sys/kernel/pid_max",
	"proc/pressure/*",
	"proc/net/tcp",
	"proc/net/tcp6",
	"proc/net/udp",
	"proc/net/udp6",
	"proc/net/rpc/nfs*",
	"sys/devices/system/cpu/cpu[0-9]*/topology/core_cpus_list",
}

// made are files that would name the host, and what stands in their place.
var made = []txtar.File{
	{Name: "etc/hostname", Data: []byte("captured\n")},
	{Name: "etc/machine-id", Data: []byte("0123456789abcdef0123456789abcdef\n")},
	{Name: "etc/os-release", Data: []byte("PRETTY_NAME=\"Captured Linux 1 (first)\"\nNAME=Captured\nVERSION_ID=\"1\"\n")},
}

func main() {
	log.SetFlags(0)
	out := flag.String("out", "", "the archive to write")
	flag.Parse()
	archive := txtar.Archive{Files: slices.Clone(made)}
	root := os.DirFS("/")
	for _, pattern := range files {
		names, err := fs.Glob(root, pattern)
		if err != nil {
			log.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(root, name)
			if err != nil {
				log.Fatal(err)
			}
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: text})
		}
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*out, txtar.Format(&archive), 0o600); err != nil {
		log.Fatal(err)
	}
}
