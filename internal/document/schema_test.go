// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestSchema holds the schema to the code from both sides: it knows no property that a document does not have when
// everything is known, and no document has one that it does not know.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(hosttest.Repository(), "docs", "snapshot.schema.json"))
	require.NoError(t, err)
	var schema map[string]any
	require.NoError(t, json.Unmarshal(text, &schema))
	whole := hosttest.Document(t, hosttest.Schema(t), string(Append(nil, bigHost(), &everything)))
	assert.Equal(t, pathsOf(whole, ""), pathsOf(schema, ""))
}

// pathsOf are the paths of all names in a document, or of all properties in a schema, which must not allow any other.
func pathsOf(tree any, at string) []string {
	paths := map[string]bool{}
	add := func(names map[string]any) {
		for name, below := range names {
			paths[at+"/"+name] = true
			for _, path := range pathsOf(below, at+"/"+name) {
				paths[path] = true
			}
		}
	}
	switch tree := tree.(type) {
	case map[string]any:
		properties, isSchema := tree["properties"].(map[string]any)
		items, isList := tree["items"]
		_, isValue := tree["description"]
		switch {
		case isSchema:
			if tree["additionalProperties"] != false {
				paths[at+" allows other properties"] = true
			}
			add(properties)
		case isList:
			return pathsOf(items, at)
		case !isValue && tree["enum"] == nil:
			add(tree)
		}
	case []any:
		for _, item := range tree {
			for _, path := range pathsOf(item, at) {
				paths[path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// TestSchemaRefuses: the schema is not one that anything is valid against.
func TestSchemaRefuses(t *testing.T) {
	schema := hosttest.Schema(t)
	for _, text := range []string{
		`{}`, `{"timestamp":"2026-01-01T00:00:00Z","collected_at_us":0}`,
		`{"timestamp":"2026-01-01T00:00:00.000000000Z","collected_at_us":0,"cpu":{}}`,
		`{"timestamp":"2026-01-01T00:00:00.000000000Z","collected_at_us":0,"cpu":{"usage_percent":-1}}`,
		`{"timestamp":"2026-01-01T00:00:00.000000000Z","collected_at_us":0,"gpu":{"usage_percent":1}}`,
		`{"timestamp":"2026-01-01T00:00:00.000000000Z","collected_at_us":0,"memory":{"total_bytes":"1"}}`,
	} {
		var tree any
		require.NoError(t, json.Unmarshal([]byte(text), &tree))
		assert.Error(t, schema.Validate(tree), text)
	}
}
