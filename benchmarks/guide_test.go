// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestGuideHasDifferences: every metric and attribute that may differ has its row in the migration guide.
func TestGuideHasDifferences(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(hosttest.Repository(), "docs", "migrate-from-host_metrics.md"))
	require.NoError(t, err)
	var rows []string
	for line := range strings.Lines(string(guide)) {
		if strings.HasPrefix(line, "| ") {
			subject, _, _ := strings.Cut(line[2:], " | ")
			rows = append(rows, subject)
		}
	}
	has := func(name string) bool {
		for _, row := range rows {
			if strings.Contains(row, "`"+name+"`") {
				return true
			}
		}
		return false
	}
	named := func(names []string, why string) {
		for _, name := range names {
			found := has(name)
			for i := range name { // A row with nfs.* has all of them.
				found = found || name[i] == '.' && has(name[:i+1]+"*")
			}
			assert.True(t, found, "the migration guide has no row for `%s` or a prefix of it with *: %s", name, why)
		}
	}
	for _, d := range slices.Concat(differences, aloneDifferences, zeros) {
		named(d.metrics, d.why)
	}
	for i := range attributeDifferences {
		named(attributeDifferences[i].attributes, attributeDifferences[i].why)
	}
}
