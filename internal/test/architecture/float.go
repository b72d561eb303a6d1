package architecture

import (
	"go/ast"
	"slices"
	"strings"
)

// floatNames are identifiers and methods that bring a binary fraction near money; 0.1 has no exact one.
var floatNames = map[string]bool{
	"float32": true, "float64": true,
	"ParseFloat": true, "FormatFloat": true,
	"NewFromFloat": true, "NewFromFloat32": true, "NewFromFloatWithExponent": true,
	"InexactFloat64": true, "Float64": true,
}

// checkFloat also refuses the places where encoding/json would put a number as a float64: an empty interface as a
// field, a variable, a map's value or a slice's element. Parameters and results may be empty interfaces. A file whose
// decoder calls UseNumber may hold them too.
func checkFloat(t *Tree) Report {
	var report Report
	files := t.CodeIn(purePackages...)
	if len(files) == 0 {
		report.skip("no package of %s exists yet", strings.Join(purePackages, ", "))
	}
	for _, f := range files {
		useNumber := strings.Contains(f.Text, ".UseNumber()")
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && floatNames[id.Name] {
				report.add(t.at(id, id.Name, "%s: amounts, quantities and shares are decimals or whole numbers", id.Name))
			}
			if slot := untypedSlot(n); slot != nil && !useNumber {
				report.add(t.at(slot, "any", "JSON decodes a number in here to a float64: name the type, or keep json.RawMessage"))
			}
			return true
		})
	}
	return report
}

// untypedSlot gives the type expression of a place that could receive a decoded value of unknown type, or nil.
func untypedSlot(n ast.Node) ast.Expr {
	var candidates []ast.Expr
	switch n := n.(type) {
	case *ast.StructType:
		for _, field := range n.Fields.List {
			candidates = append(candidates, field.Type)
		}
	case *ast.ValueSpec:
		candidates = append(candidates, n.Type)
	case *ast.MapType:
		candidates = append(candidates, n.Value)
	case *ast.ArrayType:
		candidates = append(candidates, n.Elt)
	}
	if i := slices.IndexFunc(candidates, isEmptyInterface); i >= 0 {
		return candidates[i]
	}
	return nil
}

func isEmptyInterface(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "any"
	case *ast.InterfaceType:
		return len(e.Methods.List) == 0
	}
	return false
}
