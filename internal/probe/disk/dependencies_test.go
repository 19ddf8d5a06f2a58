// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"testing"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestDependencies(t *testing.T) {
	t.Parallel()
	hosttest.OneDomain(t)
}
