// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// TestFileServer holds the points of two moments to a file: devices count on, disappear, appear, are reset and
// replaced, and NFS clients read files.
func TestFileServer(t *testing.T) {
	root := hosttest.Unpack(t, "generated-storage", "t0")
	s := started(t, receivertest.NewNopSettings(metadata.Type), "root_path: "+root+"\nscrapers: {disk: , nfs: }")
	var text strings.Builder
	for moment := range 2 {
		hosttest.Replace(t, root, "generated-storage", fmt.Sprintf("t%d", moment))
		before := s.snapshot.Time
		points := scrapeAll(t, s)
		fmt.Fprintf(&text, "moment %d\n", moment)
		for _, id := range slices.Sorted(maps.Keys(points)) {
			start := "boot"
			if at := int64(points[id].StartTimestamp()); at != s.snapshot.BootTime {
				require.Equal(t, before, at, id)
				start = "the scrape before"
			}
			fmt.Fprintf(&text, "%s %.14g since %s\n", id, points[id].value(), start)
		}
	}
	hosttest.Golden(t, "testdata/golden/generated_storage.txt", text.String())
}
