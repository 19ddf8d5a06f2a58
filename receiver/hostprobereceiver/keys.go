// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// checkStruct reports the keys of t and of its nested maps that do not decode into the struct type s. It runs before decoding,
// whose own errors do not list the valid keys. The keys in skip are valid, and what is below them is not checked.
func (l *layers) checkStruct(path string, t tree, s reflect.Type, skip ...string) {
	l.checkKeys(path, t, append(keysOf(s), skip...))
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if nested := fieldType(s, key); nested.Kind() == reflect.Struct && !slices.Contains(skip, key) {
			l.checkStruct(join(path, key), l.subtree(path, key, t[key]), nested)
		}
	}
}

// subtree is the value of a key that must have keys of its own, or no value.
func (l *layers) subtree(path, key string, value any) tree {
	sub, ok := value.(tree)
	if !ok && value != nil {
		l.fail(fmt.Errorf("%s: expected keys and values, got %v", join(path, key), value))
	}
	return sub
}

// checkKeys reports the keys of t that are not valid.
func (l *layers) checkKeys(path string, t tree, valid []string) {
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if !slices.Contains(valid, key) {
			l.fail(unknownKey(path, key, t[key], valid))
		}
	}
}

// keysOf are the keys that decode into the struct type t, sorted.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		switch {
		case strings.Contains(options, "squash"):
			keys = append(keys, keysOf(field.Type)...)
		case name != "" && field.IsExported():
			keys = append(keys, name)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// fieldType is the type of the field of the struct type t that a key decodes into, any for an unknown key.
func fieldType(t reflect.Type, key string) reflect.Type {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		if name == key {
			return field.Type
		}
		if strings.Contains(options, "squash") {
			if squashed := fieldType(field.Type, key); squashed.Kind() != reflect.Interface {
				return squashed
			}
		}
	}
	return reflect.TypeFor[any]()
}

// join appends a key to a path, as the Collector writes paths.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "::" + key
}

// An error lists all valid names if there are at most maxListed, else the maxSuggestions that are closest.
const (
	maxListed      = 20
	maxSuggestions = 3
)

// unknown is the error for a key or value that is not valid.
func unknown(path, what, got string, valid []string) error {
	if path != "" {
		path += ": "
	}
	if len(valid) == 0 {
		return fmt.Errorf("%sunknown %s %q; no %[2]s is valid here", path, what, got)
	}
	if len(valid) <= maxListed {
		sorted := slices.Compact(slices.Sorted(slices.Values(valid)))
		return fmt.Errorf("%sunknown %s %q; valid: %s", path, what, got, strings.Join(sorted, ", "))
	}
	byDistance := slices.Clone(valid)
	slices.SortFunc(byDistance, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(got, a), distance(got, b)), cmp.Compare(a, b))
	})
	return fmt.Errorf("%sunknown %s %q; closest: %s", path, what, got, strings.Join(byDistance[:maxSuggestions], ", "))
}

// distance is the Levenshtein distance of two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
