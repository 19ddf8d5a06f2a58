// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestQuotaPortable: gopsutil does not report the cgroup of the collector.
func TestQuotaPortable(t *testing.T) {
	var s snapshot.Snapshot
	want := snapshot.Want{Quota: everything.Quota}
	want.Quota.FileDescriptorLimit = false // It is none of a cgroup.
	p := open(t, Options{Backend: BackendPortable}, want)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainQuota, Source: "gopsutil quota", Reason: source.Unavailable, Err: errNotTold}}, readDomain(p, &s, 1, snapshot.DomainQuota))
	assert.Empty(t, readDomain(open(t, Options{Backend: BackendPortable}, snapshot.Want{}), &s, 1, snapshot.DomainQuota))
}
