// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseOSRelease(t *testing.T) {
	for _, tt := range []struct{ text, description, version string }{
		{"", "", ""},
		{"NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME=\"Alpine Linux v3.22\"\n", "Alpine Linux v3.22", "3.22.0"},
		{"NAME=Arch\n", "Arch", ""},
		{`PRETTY_NAME="A \"quoted\" \$name \\ here"`, `A "quoted" $name \ here`, ""},
		{"PRETTY_NAME='single'\nVERSION_ID=\"", "single", `"`},
		{"PRETTY_NAME=\"bell\a\"\n# VERSION_ID=2\n", "bell\a", ""},
	} {
		description, version := parseOSRelease([]byte(tt.text))
		assert.Equal(t, tt.description, description, "%q", tt.text)
		assert.Equal(t, tt.version, version, "%q", tt.text)
	}
}

func TestSemconvArch(t *testing.T) {
	for goarch, want := range map[string]string{"amd64": "amd64", "386": "x86", "arm": "arm32", "ppc64le": "ppc64", "s390x": "s390x"} {
		assert.Equal(t, want, semconvArch(goarch))
	}
}
