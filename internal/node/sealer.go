package node

import "tenure/internal/secret"

// keyFile holds the key of secrets of a system with private files. A backup of the database needs it too.
const keyFile = "secret.key"

// sealer seals secrets with the configured key. A process with private files creates a key, and one with a temporary
// database draws one; otherwise there is none, and PIN codes are refused.
func (n *Node) sealer() (*secret.Sealer, error) {
	key := n.config.SecretKey
	var err error
	switch {
	case len(key) > 0:
	case n.config.Data != "":
		key, err = secret.KeyFile(n.below(keyFile))
	case n.config.Postgres.DSN == "":
		key, err = secret.NewKey()
	}
	if err != nil {
		return nil, err
	}
	return secret.NewSealer(key)
}
