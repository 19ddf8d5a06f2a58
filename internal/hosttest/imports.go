// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// NotImported asserts that the package being tested depends on none of the packages of this module that are named by their
// paths below internal, directly or through others. Imports of its tests do not count.
func NotImported(t *testing.T, paths ...string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	self := deps[len(deps)-1]
	const module = "github.com/superviz-io/hostprobe/internal/"
	for _, path := range paths {
		assert.NotContains(t, deps, module+path, "%s depends on it", self)
	}
}
