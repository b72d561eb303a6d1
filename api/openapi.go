package api

import (
	_ "embed"
	"net/http"
)

// openAPI describes the published paths; a test holds it to the routes and to their responses.
//
//go:embed openapi.json
var openAPI []byte

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) { send(w, http.StatusOK, openAPI) }
