// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import "slices"

// Template names the set of scrapers and options that a configuration starts from.
type Template string

// The templates. Each of the first three includes the one before it.
const (
	TemplateMinimal  Template = "minimal"
	TemplateStandard Template = "standard"
	TemplateFull     Template = "full"
	// TemplateCustom includes only the scrapers that the configuration names.
	TemplateCustom Template = "custom"
)

var templates = []Template{TemplateCustom, TemplateMinimal, TemplateStandard, TemplateFull} // From the smallest to the largest.

// has reports whether the template includes what the template smallest is the smallest to include.
func (t Template) has(smallest Template) bool {
	return t.size() >= smallest.size()
}

// size orders the templates.
func (t Template) size() int {
	return slices.Index(templates, t)
}
