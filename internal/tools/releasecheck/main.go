// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Command releasecheck refuses files that name modules of more than one release of the Collector: they compile, or not,
// by luck. A release has one version for its stable modules (v1) and one for the others (v0), contrib's included.
//
//	releasecheck go.mod builder-config.yaml
package main

import (
	"fmt"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	var texts []string
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			log.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if err := check(texts...); err != nil {
		log.Fatalf("releasecheck: %v", err)
	}
}

var module = regexp.MustCompile(
	`((?:go\.opentelemetry\.io/collector|github\.com/open-telemetry/opentelemetry-collector-contrib)(?:/\S+)?) v(\d+)(\S+)`,
)

func check(texts ...string) error {
	versions := map[string]map[string]string{} // By major version: from the version to a module that has it.
	for _, text := range texts {
		for _, m := range module.FindAllStringSubmatch(text, -1) {
			if versions[m[2]] == nil {
				versions[m[2]] = map[string]string{}
			}
			versions[m[2]]["v"+m[2]+m[3]] = m[1]
		}
	}
	if len(versions) == 0 {
		return fmt.Errorf("no Collector module found")
	}
	for _, major := range slices.Sorted(maps.Keys(versions)) {
		found := versions[major]
		if len(found) == 1 {
			continue
		}
		var named []string
		for _, version := range slices.Sorted(maps.Keys(found)) {
			named = append(named, found[version]+" "+version)
		}
		return fmt.Errorf("modules of more than one Collector release: %s", strings.Join(named, ", "))
	}
	return nil
}
