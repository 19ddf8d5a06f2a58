// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Schema is docs/snapshot.schema.json.
func Schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(Repository(), "docs", "snapshot.schema.json"))
	require.NoError(t, err)
	return schema
}

// Document asserts that a text is a document of a snapshot, and returns its tree.
func Document(t testing.TB, schema *jsonschema.Schema, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	tree := map[string]any{}
	require.NoError(t, decoder.Decode(&tree), "%s", text)
	assert.False(t, decoder.More(), "one document")
	assert.NoError(t, schema.Validate(tree), "%s", text)
	return tree
}
