// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"go.opentelemetry.io/collector/confmap"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// The keys that are layered.
const (
	keyTemplate           = "template"
	keyScrapers           = "scrapers"
	keySnapshot           = "snapshot"
	keyEnabled            = "enabled"
	keyUtilization        = "utilization"
	keyMetrics            = "metrics"
	keyResourceAttributes = "resource_attributes"
)

// Unmarshal decodes the layers into one configuration, each over the ones before and field by field: the defaults, the
// template, utilization, metrics and resource_attributes of the receiver, those of each scraper. Errors have the path that the user wrote.
func (cfg *Config) Unmarshal(conf *confmap.Conf) error {
	written, user, err := expand(conf)
	if err != nil {
		return err
	}
	l := layers{cfg: baseConfig(), written: written, setBy: map[string]setting{}}
	l.checkStruct("", written.ToStringMap(), reflect.TypeFor[Config](), keyMetrics, keyResourceAttributes, keyScrapers)
	named := l.at(keyScrapers)
	l.checkKeys(keyScrapers, named, scraperNames())

	l.addTemplate(user, named)
	l.addUtilization(user.Get(keyUtilization))
	l.addMetrics(keyMetrics, l.sub(user, "", keyMetrics), keysOf(reflect.TypeFor[metadata.MetricsConfig]()))
	l.addAttributes(keyResourceAttributes, l.sub(user, "", keyResourceAttributes))
	scrapers := l.sub(user, "", keyScrapers)
	for _, name := range scraperNames() { // Sorted: of two that configure the same metric, the last name wins.
		if _, isNamed := named[name]; isNamed {
			l.addScraper(name, l.sub(scrapers, keyScrapers, name))
		}
	}
	if err = errors.Join(l.errs...); err != nil {
		return err
	}

	deleteLayers(user, named)
	l.cfg.written = writtenIn(user)
	if err = user.Unmarshal((*plainConfig)(l.cfg)); err != nil {
		return err
	}
	l.checkEmitted(keyMetrics)
	for _, name := range scraperNames() {
		if isEnabled(l.cfg, domainNamed(name)) {
			l.checkEmitted(join(join(keyScrapers, name), keyMetrics))
		}
	}
	if err = errors.Join(l.errs...); err != nil {
		return err
	}
	*cfg = *l.cfg
	return nil
}

// plainConfig is a Config without Unmarshal and Marshal, which decoding and encoding would call again.
type plainConfig Config

// Marshal encodes the result of all layers. A metric that no scraper emits is not written as enabled, which Unmarshal would refuse.
func (cfg Config) Marshal(conf *confmap.Conf) error {
	if err := conf.Marshal(plainConfig(cfg)); err != nil {
		return err
	}
	for metric, enabled := range enabledMetrics(&cfg) {
		if enabled && !isEmitted(&cfg, metric) {
			conf.Delete(join(join(keyMetrics, metric), keyEnabled))
		}
	}
	return nil
}

// tree is a part of a configuration before it is decoded.
type tree = map[string]any

// layers collects the errors of all layers but what the options decode to, which needs their keys to be valid.
type layers struct {
	cfg     *Config
	written *confmap.Conf      // What the user wrote, with the keys that have no value.
	setBy   map[string]setting // The fields of resource attributes that a scraper has set, by attribute::field.
	errs    []error
}

// setting is the value of a field, and the path of the layer that has set it.
type setting struct {
	path  string
	value any
}

func (l *layers) fail(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// addTemplate adds what the template enables, and the scrapers that the user names.
func (l *layers) addTemplate(user *confmap.Conf, named tree) {
	l.cfg.Template = l.template(user, named)
	enabledScrapers, enabledMetrics := tree{}, tree{}
	for d := range snapshot.NumDomains {
		spec := &scrapers[d]
		for metric, smallest := range spec.enables {
			if l.cfg.Template.has(smallest) {
				enabledMetrics[metric] = tree{keyEnabled: true}
			}
		}
		if l.cfg.Template.has(TemplateFull) {
			for _, metric := range spec.utilization {
				enabledMetrics[metric] = tree{keyEnabled: true}
			}
		}
		_, isNamed := named[d.String()]
		if (isNamed || l.cfg.Template.has(spec.template)) && !isOff(user, d.String()) {
			options := tree{keyEnabled: true}
			for key, part := range spec.parts {
				options[key] = l.cfg.Template.has(part.template)
			}
			if l.cfg.Template.has(TemplateFull) {
				maps.Copy(options, spec.full)
			}
			enabledScrapers[d.String()] = options
		}
	}
	layer := confmap.NewFromStringMap(tree{keyScrapers: enabledScrapers, keyMetrics: enabledMetrics})
	l.fail(layer.Unmarshal((*plainConfig)(l.cfg)))
}

// addUtilization enables or disables the shares of the scrapers that are on. Decoding refuses a value that is neither.
func (l *layers) addUtilization(value any) {
	enabled, ok := value.(bool)
	if !ok {
		return
	}
	shares := tree{}
	for d := range snapshot.NumDomains {
		for _, metric := range scrapers[d].utilization {
			if isEnabled(l.cfg, d) {
				shares[metric] = tree{keyEnabled: enabled}
			}
		}
	}
	l.fail(confmap.NewFromStringMap(shares).Unmarshal(&l.cfg.Metrics))
}

// template is the one that the user names. Without a name, named scrapers stand for themselves.
func (l *layers) template(user *confmap.Conf, named tree) Template {
	value := user.Get(keyTemplate)
	switch {
	case value == nil && len(named) > 0:
		return TemplateCustom
	case value == nil:
		return TemplateStandard
	case reflect.TypeOf(value).Kind() != reflect.String:
		l.fail(fmt.Errorf("%s: expected a name, got %v", keyTemplate, value))
		return TemplateStandard
	}
	name := Template(fmt.Sprint(value))
	l.fail(oneOf(keyTemplate, name, templates))
	return name
}

// addScraper checks the keys of a scraper and adds its metrics and resource_attributes. Below a scraper that is off they have
// no effect, but must be valid all the same.
func (l *layers) addScraper(name string, user *confmap.Conf) {
	path := join(keyScrapers, name)
	options := fieldType(reflect.TypeFor[ScrapersConfig](), name)
	l.checkStruct(path, l.at(path), options, keyMetrics, keyResourceAttributes)
	metrics, attributes := l.sub(user, path, keyMetrics), l.sub(user, path, keyResourceAttributes)
	to := l
	if user.Get(keyEnabled) == false {
		cfg := *l.cfg
		to = &layers{cfg: &cfg, written: l.written}
	} else {
		l.checkSettings(join(path, keyResourceAttributes), attributes.ToStringMap())
	}
	to.addMetrics(join(path, keyMetrics), metrics, scrapers[domainNamed(name)].metrics)
	to.addAttributes(join(path, keyResourceAttributes), attributes)
	if to != l {
		l.errs = append(l.errs, to.errs...)
	}
}

// addMetrics adds a layer of metrics; valid are those that it may have.
func (l *layers) addMetrics(path string, layer *confmap.Conf, valid []string) {
	addLayer(l, path, layer, &l.cfg.Metrics, valid)
}

func (l *layers) addAttributes(path string, layer *confmap.Conf) {
	before := len(l.errs)
	l.checkRegexps(path, layer.ToStringMap())
	if len(l.errs) > before {
		return
	}
	addLayer(l, path, layer, &l.cfg.ResourceAttributes, keysOf(reflect.TypeFor[metadata.ResourceAttributesConfig]()))
}

// addLayer decodes a layer into what the layers before it have left. A layer that is not valid leaves that as it is, so that the
// later ones do not report its errors again.
func addLayer[T any](l *layers, path string, layer *confmap.Conf, into *T, valid []string) {
	before := len(l.errs)
	user := l.at(path)
	l.checkKeys(path, user, valid)
	for _, key := range slices.Sorted(maps.Keys(user)) {
		if slices.Contains(valid, key) {
			l.checkStruct(join(path, key), l.subtree(path, key, user[key]), fieldType(reflect.TypeFor[T](), key))
		}
	}
	if len(l.errs) > before {
		return
	}
	decoded := *into
	err := layer.Unmarshal(&decoded)
	if err == nil {
		err = confmap.Validate(&decoded)
	}
	if err != nil {
		l.fail(fmt.Errorf("%s: %w", path, err))
		return
	}
	*into = decoded
}

// checkRegexps reports the regular expressions of filters that do not compile, by their positions.
func (l *layers) checkRegexps(path string, attributes tree) {
	for _, attribute := range slices.Sorted(maps.Keys(attributes)) {
		fields, _ := attributes[attribute].(tree)
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			filters, _ := fields[field].([]any)
			for i, one := range filters {
				filter, _ := one.(tree)
				if pattern, ok := filter["regexp"].(string); ok {
					_, err := compileRegexp(fmt.Sprintf("%s[%d]::regexp", join(join(path, attribute), field), i), pattern)
					l.fail(err)
				}
			}
		}
	}
}

// checkSettings refuses two scrapers that set the same field of a resource attribute to different values: the resource is that
// of all scrapers.
func (l *layers) checkSettings(path string, layer tree) {
	for _, attribute := range slices.Sorted(maps.Keys(layer)) {
		fields, _ := layer[attribute].(tree)
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			key, value := join(attribute, field), fields[field]
			before, ok := l.setBy[key]
			if ok && !reflect.DeepEqual(before.value, value) {
				l.fail(fmt.Errorf("%s: %v conflicts with %s: %v; both apply to the same resource",
					join(path, key), value, join(before.path, key), before.value))
			}
			l.setBy[key] = setting{path: path, value: value}
		}
	}
}

// sub is the part of conf at key, empty if there is none.
func (l *layers) sub(conf *confmap.Conf, path, key string) *confmap.Conf {
	sub, err := conf.Sub(key)
	if err != nil {
		l.fail(fmt.Errorf("%s: expected keys and values, got %v", join(path, key), conf.Get(key)))
		return confmap.New()
	}
	return sub
}

// at is what the user wrote at path, with the keys that have no value; nil if that has no keys.
func (l *layers) at(path string) tree {
	keys, _ := l.written.Get(path).(tree)
	return keys
}

func isOff(user *confmap.Conf, scraper string) bool {
	return user.Get(join(join(keyScrapers, scraper), keyEnabled)) == false
}

// deleteLayers leaves the options: what is decoded as it is. A scraper that is off has none.
func deleteLayers(user *confmap.Conf, named tree) {
	user.Delete(keyMetrics)
	user.Delete(keyResourceAttributes)
	for name := range named {
		path := join(keyScrapers, name)
		if isOff(user, name) {
			user.Delete(path)
			continue
		}
		user.Delete(join(path, keyMetrics))
		user.Delete(join(path, keyResourceAttributes))
	}
}

// expand returns two copies of conf: as the user wrote it, and without the keys that have no value, which leave everything as it
// is but must be valid keys. A map that a variable expands to is one value of conf; in the copies, it has keys like any other.
func expand(conf *confmap.Conf) (written, valued *confmap.Conf, err error) {
	if written, err = conf.Sub(""); err != nil {
		return nil, nil, err
	}
	for again := true; again; {
		again = false
		for _, key := range written.AllKeys() {
			value, ok := written.Get(key).(tree)
			if !ok || len(value) == 0 {
				continue
			}
			written.Delete(key)
			if err = written.Merge(confmap.NewFromStringMap(tree{key: value})); err != nil {
				return nil, nil, err
			}
			again = true // It may have maps in turn.
		}
	}
	if valued, err = written.Sub(""); err != nil {
		return nil, nil, err
	}
	for _, key := range valued.AllKeys() {
		if valued.Get(key) == nil {
			valued.Delete(key)
		}
	}
	return written, valued, nil
}
