// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// The keys that are layered.
const (
	keyTemplate           = "template"
	keyScrapers           = "scrapers"
	keyEnabled            = "enabled"
	keyMetrics            = "metrics"
	keyResourceAttributes = "resource_attributes"
)

// Unmarshal applies the layers, the later over the earlier, field by field: metadata.yaml, the template, the receiver's
// metrics and resource_attributes, those of its scrapers. What comes out is a configuration without layers, which is
// then decoded as any other. Errors name keys and values by the path that the user wrote.
func (cfg *Config) Unmarshal(conf *confmap.Conf) error {
	l := layers{metrics: tree{}, attributes: tree{}, saidBy: map[string]said{}}
	flat := l.flatten(withoutNulls(conf.ToStringMap()))
	if err := errors.Join(l.errs...); err != nil {
		return err
	}
	final := confmap.NewFromStringMap(flat)
	if err := layOriginals(final, conf); err != nil {
		return err
	}
	type plain Config // Without this method, which decoding would call again.
	*cfg = *bareConfig()
	return final.Unmarshal((*plain)(cfg))
}

// layOriginals lays the values of conf over the same ones of flat. A name out of the environment may look like a number:
// conf has its text still, for whatever wants a text, but the map of conf that the layers are made of has not.
func layOriginals(flat, conf *confmap.Conf) error {
	originals := confmap.New()
	if err := originals.Merge(conf); err != nil {
		return err
	}
	for _, key := range originals.AllKeys() {
		first, _, _ := strings.Cut(key, confmap.KeyDelimiter)
		value, isLayered := originals.Get(key), first == keyMetrics || first == keyResourceAttributes
		if value == nil || isLayered || !reflect.DeepEqual(value, flat.Get(key)) {
			originals.Delete(key)
		}
	}
	return flat.Merge(originals)
}

// tree is a part of a configuration before it is decoded.
type tree = map[string]any

type layers struct {
	metrics    tree
	attributes tree
	saidBy     map[string]said // The fields of resource attributes that a scraper has set, by attribute::field.
	errs       []error
}

type said struct {
	path  string
	value any
}

func (l *layers) fail(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

func (l *layers) flatten(user tree) tree {
	l.checkStruct("", user, reflect.TypeFor[Config](), keyMetrics, keyResourceAttributes, keyScrapers)
	template := l.template(user)

	for d := range snapshot.NumDomains {
		for metric, from := range scrapers[d].enables {
			if template.has(from) {
				l.metrics[metric] = tree{keyEnabled: true}
			}
		}
	}
	l.addMetrics(keyMetrics, l.subtree(user, "", keyMetrics), keysOf(reflect.TypeFor[metadata.MetricsConfig]()))
	l.addAttributes(keyResourceAttributes, l.subtree(user, "", keyResourceAttributes))
	scrapers := l.scrapers(template, l.subtree(user, "", keyScrapers))

	flat := maps.Clone(user)
	flat[keyTemplate] = string(template)
	flat[keyMetrics], flat[keyResourceAttributes], flat[keyScrapers] = l.metrics, l.attributes, scrapers
	return flat
}

// template is the one the user names; without a name, scrapers that are named stand for themselves.
func (l *layers) template(user tree) Template {
	value, ok := user[keyTemplate]
	if !ok {
		if named, ok := user[keyScrapers].(tree); ok && len(named) > 0 {
			return TemplateCustom
		}
		return TemplateStandard
	}
	if reflect.TypeOf(value).Kind() != reflect.String {
		l.fail(fmt.Errorf("%s: expected a name, got %v", keyTemplate, value))
		return TemplateStandard
	}
	name := Template(fmt.Sprint(value))
	l.fail(oneOf(keyTemplate, name, templates))
	return name
}

// scrapers returns the options of every scraper that is on, and adds what they say of metrics and resource attributes.
func (l *layers) scrapers(template Template, named tree) tree {
	l.checkKeys(keyScrapers, named, scraperNames())
	flat := tree{}
	for _, name := range scraperNames() { // Sorted: of two that configure one metric, the last name wins.
		spec := scraperNamed(name)
		_, isNamed := named[name]
		if !isNamed && !template.has(spec.template) {
			continue
		}
		flat[name] = l.scraper(template, name, spec, l.subtree(named, keyScrapers, name))
	}
	return flat
}

func (l *layers) scraper(template Template, name string, spec *scraperSpec, user tree) tree {
	path := join(keyScrapers, name)
	l.checkStruct(path, user, fieldType(reflect.TypeFor[ScrapersConfig](), name), keyMetrics, keyResourceAttributes)
	metrics := l.subtree(user, path, keyMetrics)
	attributes := l.subtree(user, path, keyResourceAttributes)
	if user[keyEnabled] == false { // With everything under it, which must be right all the same.
		off := layers{metrics: tree{}, attributes: tree{}}
		off.addMetrics(join(path, keyMetrics), metrics, spec.metrics)
		off.addAttributes(join(path, keyResourceAttributes), attributes)
		l.errs = append(l.errs, off.errs...)
		return tree{keyEnabled: false}
	}
	l.addMetrics(join(path, keyMetrics), metrics, spec.metrics)
	l.addScraperAttributes(join(path, keyResourceAttributes), attributes)

	flat := tree{keyEnabled: true}
	for part, from := range spec.parts {
		flat[part] = template.has(from)
	}
	maps.Copy(flat, user)
	delete(flat, keyMetrics)
	delete(flat, keyResourceAttributes)
	return flat
}

// addMetrics lays one layer of metrics over those before. valid are those that it may have.
func (l *layers) addMetrics(path string, layer tree, valid []string) {
	cfg := metadata.DefaultMetricsConfig()
	if l.add(l.metrics, path, layer, valid, reflect.TypeOf(cfg)) {
		l.fail(decode(path, layer, &cfg))
	}
}

func (l *layers) addAttributes(path string, layer tree) {
	cfg := metadata.DefaultResourceAttributesConfig()
	if l.add(l.attributes, path, layer, keysOf(reflect.TypeOf(cfg)), reflect.TypeOf(cfg)) {
		l.fail(decode(path, layer, &cfg))
	}
}

// addScraperAttributes is addAttributes for one scraper. The resource is that of all scrapers, so two of them must not
// say different things of it.
func (l *layers) addScraperAttributes(path string, layer tree) {
	for attribute, fields := range layer {
		fields, _ := fields.(tree)
		for field, value := range fields {
			key := join(attribute, field)
			before, ok := l.saidBy[key]
			if ok && !reflect.DeepEqual(before.value, value) {
				l.fail(fmt.Errorf("%s: %v, but %s says %v and both describe the same resource",
					join(path, key), value, join(before.path, key), before.value))
			}
			l.saidBy[key] = said{path, value}
		}
	}
	l.addAttributes(path, layer)
}

// add lays layer over base, field by field, and reports whether its keys are valid.
func (l *layers) add(base tree, path string, layer tree, valid []string, t reflect.Type) bool {
	errs := len(l.errs)
	l.checkKeys(path, layer, valid)
	for _, name := range slices.Sorted(maps.Keys(layer)) {
		if !slices.Contains(valid, name) {
			continue
		}
		fields := l.subtree(layer, path, name)
		l.checkStruct(join(path, name), fields, fieldType(t, name))
		merged, ok := base[name].(tree)
		if !ok {
			merged = tree{}
			base[name] = merged
		}
		maps.Copy(merged, fields)
	}
	return len(l.errs) == errs
}

// decode tries one layer alone, so that an error of decoding or validation is told with the path the user wrote.
func decode(path string, layer tree, cfg any) error {
	err := confmap.NewFromStringMap(layer).Unmarshal(cfg)
	if err == nil {
		err = confmap.Validate(cfg)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// subtree is the part of t at key; without a value it is empty.
func (l *layers) subtree(t tree, path, key string) tree {
	switch sub := t[key].(type) {
	case tree:
		return sub
	case nil:
		return tree{}
	default:
		l.fail(fmt.Errorf("%s: expected keys and values, got %v", join(path, key), sub))
		return tree{}
	}
}

// withoutNulls returns t without the keys that have no value, which say nothing; but a scraper without a value is on.
func withoutNulls(t tree) tree {
	kept := dropNulls(t)
	if scrapers, ok := t[keyScrapers].(tree); ok {
		for name, value := range scrapers {
			if value == nil {
				kept[keyScrapers].(tree)[name] = tree{}
			}
		}
	}
	return kept
}

func dropNulls(t tree) tree {
	kept := make(tree, len(t))
	for key, value := range t {
		switch v := value.(type) {
		case nil:
		case tree:
			kept[key] = dropNulls(v)
		default:
			kept[key] = v
		}
	}
	return kept
}
