package schemas

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tenure/contract"
)

// Compatibility is full: what a released program wrote is read by this one, and what this one writes is read by
// consumers of the released one.
//
//	of every type        its name, topics, key and direction stay; so does each property with its type, form and place
//	of what Tenure writes  a new property is optional, a required one stays required, a closed list of values stays as it
// is
//	of what others write   a new property is optional, a required one may become optional, a list of values may grow
//
// Anything else is a new version of the type beside the old one.

// Change is one difference that is not compatible.
type Change struct {
	Type string `json:"type"`           // of the message
	Path string `json:"path,omitempty"` // dotted property; empty: the type itself
	What string `json:"what"`
}

// String is the change as one line.
func (c Change) String() string {
	if c.Path == "" {
		return c.Type + ": " + c.What
	}
	return c.Type + " " + c.Path + ": " + c.What
}

// Compare lists what is not compatible between a released set and the current one, by type and path. Types that are new
// are compatible.
func Compare(released, current map[string]*Schema) []Change {
	var all []Change
	for _, name := range slices.Sorted(maps.Keys(released)) {
		before, now := released[name], current[name]
		if now == nil {
			all = append(all, Change{name, "", "the type is gone"})
			continue
		}
		c := &comparison{name: name, before: before, now: now, met: map[[2]string]bool{}}
		c.route()
		c.value("", before, now)
		all = append(all, c.found...)
	}
	return all
}

// comparison is that of one type.
type comparison struct {
	name        string
	before, now *Schema // the documents, which hold the definitions
	met         map[[2]string]bool
	found       []Change
}

func (c *comparison) add(path, format string, args ...any) {
	c.found = append(c.found, Change{c.name, strings.TrimPrefix(path, "."), fmt.Sprintf(format, args...)})
}

// in reports whether others write the type.
func (c *comparison) in() bool {
	return c.before.Route != nil && c.before.Route.Direction == contract.In
}

func (c *comparison) route() {
	was, is := c.before.Route, c.now.Route
	if was == nil || is == nil {
		return // a set of another party's making
	}
	if was.Direction != is.Direction {
		c.add("", "its direction was %s and is %s", was.Direction, is.Direction)
	}
	for _, topic := range was.Topics {
		if !slices.Contains(is.Topics, topic) {
			c.add("", "it is not on %s any more", topic)
		}
	}
	if was.Key != is.Key {
		c.add("", "its key was %q and is %q", was.Key, is.Key)
	}
}

// value compares two schemas of the same place.
func (c *comparison) value(path string, before, now *Schema) {
	if before.Ref != "" && now.Ref != "" {
		pair := [2]string{before.Ref, now.Ref}
		if c.met[pair] {
			return // a type that holds itself, or one that stands in two places
		}
		c.met[pair] = true
	}
	before, now = resolve(c.before, before), resolve(c.now, now)
	if len(before.AnyOf) > 0 || len(now.AnyOf) > 0 {
		c.alternatives(path, before, now)
		return
	}
	c.kind(path, before, now)
	c.words(path, before, now)
	c.properties(path, before, now)
	switch {
	case before.Items != nil && now.Items != nil:
		c.value(path+"[]", before.Items, now.Items)
	case before.Items != nil || now.Items != nil:
		c.add(path, "what its items are changed")
	}
}

// resolve follows a reference into the definitions of its document.
func resolve(document, s *Schema) *Schema {
	if d := document.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]; s.Ref != "" && d != nil {
		return d
	}
	return s
}

// alternatives compares values of more than one form, each by its place.
func (c *comparison) alternatives(path string, before, now *Schema) {
	was, is := before.AnyOf, now.AnyOf
	if len(was) != len(is) {
		c.add(path, "its forms were %d and are %d", len(was), len(is))
		return
	}
	for i := range was {
		c.value(path, was[i], is[i])
	}
}

func (c *comparison) kind(path string, before, now *Schema) {
	if was, is := sorted(before.Type), sorted(now.Type); !slices.Equal(was, is) && !c.widens(was, is) {
		c.add(path, "its type was %s and is %s", orAny(was), orAny(is))
	}
	if before.Format != now.Format || before.Pattern != now.Pattern {
		c.add(path, "its form was %q and is %q", before.Format+before.Pattern, now.Format+now.Pattern)
	}
	if !reflect.DeepEqual(before.Additional, now.Additional) {
		c.add(path, "whether it takes unknown properties changed")
	}
}

// widens reports whether others may write more types of value than before, and all of those.
func (c *comparison) widens(was, is []string) bool {
	return c.in() && len(was) > 0 && !slices.ContainsFunc(was, func(t string) bool { return !slices.Contains(is, t) })
}

func sorted(t Types) []string { return slices.Sorted(slices.Values(t)) }

func orAny(types []string) string {
	if len(types) == 0 {
		return "anything"
	}
	return strings.Join(types, " or ")
}

// words compares closed lists of values. One that appears refuses what was taken, or was written and is read back.
func (c *comparison) words(path string, before, now *Schema) {
	was, is := wordsOf(before), wordsOf(now)
	switch {
	case before.Enum == nil && now.Enum == nil:
	case before.Enum == nil:
		c.add(path, "it takes a closed list of values now")
	case now.Enum == nil && !c.in():
		c.add(path, "it has other values than the closed list now")
	case now.Enum != nil:
		for _, word := range was {
			if !slices.Contains(is, word) {
				c.add(path, "the value %s is gone", word)
			}
		}
		for _, word := range is {
			if !c.in() && !slices.Contains(was, word) {
				c.add(path, "the value %s is new: a consumer of the closed list does not know it", word)
			}
		}
	}
}

func wordsOf(s *Schema) []string {
	out := make([]string, len(s.Enum))
	for i, word := range s.Enum {
		out[i] = fmt.Sprint(word)
	}
	return out
}

func (c *comparison) properties(path string, before, now *Schema) {
	for _, name := range slices.Sorted(maps.Keys(before.Properties)) {
		below := path + "." + name
		if now.Properties[name] == nil {
			c.add(below, "the property is gone, or has another name")
			continue
		}
		c.value(below, before.Properties[name], now.Properties[name])
		was, is := slices.Contains(before.Required, name), slices.Contains(now.Required, name)
		switch {
		case is && !was:
			c.add(below, "it is required now")
		case was && !is && !c.in():
			c.add(below, "it may be missing now")
		}
	}
	for _, name := range now.Required {
		if before.Properties[name] == nil {
			c.add(path+"."+name, "a new property is required: messages of before do not have it")
		}
	}
}
