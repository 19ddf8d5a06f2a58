// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
)

// TestNamespacesWithoutProcfs: below a root without a procfs, files answer the same to every reader. The namespaces of a
// root that cannot be read are unknown.
func TestNamespacesWithoutProcfs(t *testing.T) {
	empty, plain, captured, unreadable := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	hosttest.Write(t, plain, "proc/uptime", "1 1\n")
	hosttest.Write(t, captured, "proc/1/ns/net", "")
	hosttest.Write(t, captured, "proc/1/ns/pid", "")
	hosttest.Write(t, captured, "proc/1/net/dev", "")
	hosttest.Link(t, unreadable, "proc", "proc") // ELOOP.
	for name, tt := range map[string]struct {
		root             string
		plain            bool
		namespace        source.Namespace
		netError, pidErr error
		dir              string
	}{
		"the collector's own": {"", false, source.OwnNamespace, nil, nil, "proc/1/net/"},
		"nothing is mounted":  {empty, true, source.NoNamespace, nil, nil, "proc/net/"},
		"plain files":         {plain, true, source.NoNamespace, nil, nil, "proc/net/"},
		"of another host": {
			captured, true, source.OtherNamespace, source.ErrOtherNamespace, source.ErrOtherNamespace, "proc/1/net/",
		},
		"unreadable": {
			unreadable, false, source.UnknownNamespace, source.ErrUnknownNetNamespace, source.ErrUnknownPIDNamespace, "proc/1/net/",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := sourcetest.Open(t, source.Options{Root: tt.root})
			assert.Equal(t, tt.plain, h.IsPlain())
			namespace, err := h.NetNamespace()
			assert.Equal(t, tt.namespace, namespace)
			assert.Equal(t, tt.netError, err)
			namespace, err = h.PIDNamespace()
			assert.Equal(t, tt.namespace, namespace)
			assert.Equal(t, tt.pidErr, err)
			assert.Equal(t, tt.dir, h.NetDir())
		})
	}
}
