// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Command generate writes the hosts that no machine at hand is like, in two moments each. The same code writes the same
// files, to the byte.
//
//	generate -out testdata/hosts
package main

import (
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/txtar"
)

// moments is how many archives each host has: t0, t1.
const moments = 2

// hosts have, by the folder's name, what makes the files of one moment.
var hosts = map[string]func(moment int) []txtar.File{
	"generated-many":    many,
	"generated-network": network,
	"generated-storage": storage,
	"generated-thermal": thermal,
}

func main() {
	log.SetFlags(0)
	out := flag.String("out", "testdata/hosts", "directory of the generated hosts")
	flag.Parse()
	for _, name := range slices.Sorted(maps.Keys(hosts)) {
		if err := write(filepath.Join(*out, name), hosts[name]); err != nil {
			log.Fatal(err)
		}
	}
}

func write(dir string, host func(moment int) []txtar.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for moment := range moments {
		archive := txtar.Archive{Files: host(moment)}
		path := filepath.Join(dir, fmt.Sprintf("t%d.txtar", moment))
		if err := os.WriteFile(path, txtar.Format(&archive), 0o600); err != nil {
			return err
		}
	}
	return nil
}
