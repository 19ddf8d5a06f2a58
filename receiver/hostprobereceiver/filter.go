// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// MatchType is how the patterns of a filter match names.
type MatchType string

// The match types.
const (
	MatchStrict MatchType = "strict" // A pattern is the whole name.
	MatchRegexp MatchType = "regexp" // A pattern is a regular expression that matches anywhere in the name.
)

var matchTypes = []MatchType{MatchRegexp, MatchStrict}

// FilterConfig is what stands beside the patterns of a filter, whatever they are patterns of.
type FilterConfig struct {
	MatchType MatchType `mapstructure:"match_type"`
	// Regexp are keys of host_metrics, accepted without effect: each name is matched once.
	Regexp RegexpConfig `mapstructure:"regexp"`

	_ struct{} // Prevents unkeyed literals.
}

// RegexpConfig sized the cache of host_metrics.
type RegexpConfig struct {
	CacheEnabled       bool `mapstructure:"cacheenabled"`
	CacheMaxNumEntries int  `mapstructure:"cachemaxnumentries"`

	_ struct{} // Prevents unkeyed literals.
}

// namedFilter is a filter of any kind of names, and where the user wrote it.
type namedFilter struct {
	path, key string
	matchType MatchType
	patterns  []string
}

// compile returns what reports whether any pattern matches a name. It is nil without patterns, and the match type is not
// looked at then, as in host_metrics.
func (f *namedFilter) compile() (match func(name string) bool, err error) {
	if len(f.patterns) == 0 {
		return nil, nil
	}
	if f.matchType == MatchStrict {
		return func(name string) bool { return slices.Contains(f.patterns, name) }, nil
	}
	if err = oneOf(join(f.path, "match_type"), f.matchType, matchTypes); err != nil {
		return nil, err
	}
	expressions := make([]*regexp.Regexp, len(f.patterns))
	for i, pattern := range f.patterns {
		if expressions[i], err = regexp.Compile(pattern); err != nil {
			return nil, fmt.Errorf("%s: %w", join(f.path, f.key), err)
		}
	}
	return func(name string) bool {
		return slices.ContainsFunc(expressions, func(e *regexp.Regexp) bool { return e.MatchString(name) })
	}, nil
}

// includeExclude makes one filter of two: it keeps what include matches, everything if it has no patterns, without what
// exclude matches. It is nil if that is everything.
func includeExclude(include, exclude namedFilter) (keep func(name string) bool, err error) {
	included, includeErr := include.compile()
	excluded, excludeErr := exclude.compile()
	if err = errors.Join(includeErr, excludeErr); err != nil || included == nil && excluded == nil {
		return nil, err
	}
	return func(name string) bool {
		return (included == nil || included(name)) && (excluded == nil || !excluded(name))
	}, nil
}
