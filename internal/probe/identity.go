// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"strings"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// semconvArch is host.arch for a GOARCH: https://opentelemetry.io/docs/specs/semconv/registry/attributes/host/
func semconvArch(goarch string) string {
	switch goarch {
	case "386":
		return "x86"
	case "arm":
		return "arm32"
	case "ppc64", "ppc64le":
		return "ppc64"
	}
	return goarch
}

// parseOSRelease returns PRETTY_NAME, or NAME, and VERSION_ID of an os-release file, see os-release(5).
func parseOSRelease(text []byte) (description, version string) {
	var name string
	for len(text) > 0 {
		var line []byte
		line, text = scan.Line(text)
		key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte{'='})
		switch string(key) {
		case "PRETTY_NAME":
			description = unquote(value)
		case "NAME":
			name = unquote(value)
		case "VERSION_ID":
			version = unquote(value)
		}
	}
	if description == "" {
		description = name
	}
	return description, version
}

// shellEscapes are the characters that stand escaped between double quotes, see os-release(5).
var shellEscapes = strings.NewReplacer(`\"`, `"`, `\$`, `$`, "\\`", "`", `\\`, `\`)

func unquote(b []byte) string {
	s := string(b)
	if len(s) < 2 || s[0] != s[len(s)-1] {
		return s
	}
	switch s[0] {
	case '"':
		return shellEscapes.Replace(s[1 : len(s)-1])
	case '\'':
		return s[1 : len(s)-1]
	}
	return s
}

// printable makes h fit to leave the process.
func printable(h snapshot.Host, maxLength int) snapshot.Host {
	for _, text := range []*string{&h.Name, &h.ID, &h.Arch, &h.OSType, &h.OSVersion, &h.OSDescription} {
		*text = intern.Text([]byte(*text), maxLength)
	}
	return h
}
