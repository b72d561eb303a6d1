package projections

import (
	"encoding/json"
	"fmt"
	"strings"
)

// where writes a condition with its parameters.
type where struct{ args []any }

func (w *where) arg(v any, kind string) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d::%s", len(w.args), kind)
}

func (w *where) condition(c Condition) string {
	switch {
	case len(c.All) > 0:
		return w.join(c.All, " AND ")
	case len(c.Any) > 0:
		return w.join(c.Any, " OR ")
	case c.Column == "":
		return ""
	}
	return w.comparison(c)
}

func (w *where) join(list []Condition, word string) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = w.condition(c)
	}
	return "(" + strings.Join(parts, word) + ")"
}

func (w *where) comparison(c Condition) string {
	column := string(c.Column)
	switch c.Operator {
	case Equal, Unequal:
		return w.equality(column, c)
	case Less, Greater, LessOrEqual, GreaterOrEqual:
		return column + " " + string(c.Operator) + " " + w.arg(c.Value, sqlType(c.Value))
	case Like:
		return w.like(column, c.Value.(string))
	case Regexp:
		// (?e) makes the rest a POSIX extended expression: without back references it is matched in linear time.
		return column + " ~ " + w.arg("(?e)"+c.Value.(string), "text")
	case In:
		return column + " = ANY(" + w.arg(c.Value, sqlType(c.Value)) + ")"
	case JSONEqual:
		value, err := json.Marshal(map[string]any{"value": c.Value})
		if err != nil {
			return "false"
		}
		return "jsonb_path_exists(" + column + ", " + w.arg(jsonPath(c.Path)+` ? (@ == $value)`, "jsonpath") + ", " +
			w.arg(string(value), "jsonb") + ")"
	case JSONExists:
		return "jsonb_path_exists(" + column + ", " + w.arg(jsonPath(c.Path), "jsonpath") + ")"
	}
	return "false"
}

func (w *where) equality(column string, c Condition) string {
	switch {
	case c.Value == nil && c.Operator == Equal:
		return column + " IS NULL"
	case c.Value == nil:
		return column + " IS NOT NULL"
	case c.Operator == Equal && c.Column == ColumnLastName:
		return w.lastName(column+" = "+w.arg(c.Value, sqlType(c.Value)), c.Value.(string))
	case c.Operator == Equal:
		return column + " = " + w.arg(c.Value, sqlType(c.Value))
	}
	return column + " IS DISTINCT FROM " + w.arg(c.Value, sqlType(c.Value))
}

// like matches a pattern in which only % is special. What the pattern begins with bounds the column too, which an index
// can use although the pattern is a parameter.
func (w *where) like(column, pattern string) string {
	prefix, _, wild := strings.Cut(pattern, "%")
	if !wild {
		return w.equality(column, Condition{Column: Column(column), Operator: Equal, Value: pattern})
	}
	escaped := strings.NewReplacer(`\`, `\\`, `_`, `\_`).Replace(pattern)
	sql := column + " LIKE " + w.arg(escaped, "text")
	switch {
	case prefix == "":
		return sql
	case column == string(ColumnLastName):
		return w.lastName(sql, prefix)
	}
	return w.beginning(sql, column, prefix)
}

// lastName adds to a condition on the last name where the index of full names, which begin with it, has it.
func (w *where) lastName(sql, beginning string) string {
	return w.beginning(sql, string(ColumnFullName), beginning)
}

// beginning adds to a condition what it says of the beginning of a column, in words that an index understands.
func (w *where) beginning(sql, column, text string) string {
	return "(" + sql + " AND " + column + " >= " + w.arg(text, "text") + " AND " + column + " < " +
		w.arg(text+lastRune, "text") + ")"
}

func sqlType(v any) string {
	switch v.(type) {
	case int64:
		return "bigint"
	case bool:
		return "boolean"
	case []int64:
		return "bigint[]"
	case []string:
		return "text[]"
	}
	return "text"
}

// jsonPath writes keys as a path in which every key is quoted. Lists on the way are looked through.
func jsonPath(keys []string) string {
	var path strings.Builder
	path.WriteString("$")
	for _, key := range keys {
		quoted, _ := json.Marshal(key) // a string always encodes
		path.WriteString(".")
		path.Write(quoted)
	}
	return path.String()
}
