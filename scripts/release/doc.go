// Command release writes what goes with the binaries of a release: sbom.cdx.json, the modules that are linked into one
// of them as a CycloneDX document, and NOTICE, their licences and notices.
//
// It owns which licence a module is under, by the text that its module has. A text that it does not know fails the
// release: an operator decides, and adds it here. It does not build, sign or publish anything.
package main
