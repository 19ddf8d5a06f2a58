// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

// rejectedTable has one rejected phrase per line: a regular expression, a tab, and what to write instead. It is not Go
// code, which would reject itself.
//
//go:embed rejected.txt
var rejectedTable string

var rejections = parseTable(rejectedTable)

// rejection is one line of the table.
type rejection struct {
	pattern *regexp.Regexp
	instead string
}

// parseTable panics on a malformed table: it is compiled in.
func parseTable(table string) (all []rejection) {
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		phrase, instead, ok := strings.Cut(line, "\t")
		instead = strings.TrimSpace(instead)
		if !ok || instead == "" {
			panic(fmt.Sprintf("rejected.txt: no replacement in %q", line))
		}
		all = append(all, rejection{regexp.MustCompile(`(?i)\b(?:` + phrase + `)\b`), instead})
	}
	return all
}
