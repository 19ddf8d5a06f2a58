// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command capture writes the kernel files that hostprobe reads, at two moments with work in between, into txtar archives
// that hosttest.Unpack makes roots of: captured-vm as a collector of the host reads them, captured-container as one in a
// container does below root_path.
//
//	capture -out testdata/hosts
//
// It runs in namespaces of its own, as root, so that nothing of the machine's software is in them: its processes are copies
// of this program under made-up names; mounts, cgroups, users and the name of the host are made up.
package main

import (
	"flag"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	log.SetFlags(0)
	if name := os.Getenv(roleKey); name != "" {
		if err := play(name); err != nil {
			log.Fatal(name, ": ", err)
		}
		return
	}
	out := flag.String("out", "testdata/hosts", "directory of the captured hosts")
	flag.Parse()
	dir, err := filepath.Abs(*out)
	if err != nil {
		log.Fatal(err)
	}
	host := exec.Command("/proc/self/exe", dir) // The argument is replaced before anything is captured.
	host.Env = []string{roleKey + "=init", "PATH=" + os.Getenv("PATH")}
	host.Stderr = os.Stderr
	host.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
	}
	if err = host.Run(); err != nil {
		log.Fatal(err)
	}
}
