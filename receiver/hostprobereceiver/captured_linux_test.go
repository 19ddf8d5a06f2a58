// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// documentsAlone is a scraper of the logs signal alone, started.
func documentsAlone(t testing.TB, text string) *hostScraper {
	t.Helper()
	cfg, err := load(t, text)
	require.NoError(t, err)
	return startedHost(t, cfg, logsSignal)
}

// nextDocument scrapes once more.
func nextDocument(t testing.TB, s *hostScraper) string {
	t.Helper()
	logs, _ := s.scrapeDocument(context.Background())
	return documentOf(t, logs).Body().Str()
}

// TestCapturedDocuments: the documents of every captured host, at each of its moments, are valid.
func TestCapturedDocuments(t *testing.T) {
	schema := hosttest.Schema(t)
	moments, err := filepath.Glob(filepath.Join(hosttest.Repository(), "testdata", "hosts", "*", "t0.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, moments)
	for _, moment := range moments {
		origin := filepath.Base(filepath.Dir(moment))
		t.Run(origin, func(t *testing.T) {
			root := hosttest.Unpack(t, origin, "t0")
			s := documentsAlone(t, "template: full\nroot_path: "+root)
			hosttest.Document(t, schema, nextDocument(t, s))
			if _, err := os.Stat(filepath.Join(filepath.Dir(moment), "t1.txtar")); err == nil {
				hosttest.Replace(t, root, origin, "t1")
			}
			tree := hosttest.Document(t, schema, nextDocument(t, s))
			if origin == "captured-vm" {
				assert.NotNil(t, at(tree, "cpu.usage_percent"), "two moments have a rate")
				assert.Equal(t, "captured", tree["hostname"])
				assert.Nil(t, at(tree, "process.current_pid"), "the collector has no process on the captured host")
			}
		})
	}
}
