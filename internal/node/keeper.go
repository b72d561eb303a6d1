package node

import "tenure/internal/secret"

// keyFile is where a system that keeps its own files has the key of its secrets. Whoever backs up the database needs it too.
const keyFile = "secret.key"

// keeper seals secrets with the configured key. A process with files of its own makes itself one, and one whose database
// ends with it draws one; otherwise there is none, and PIN codes are refused.
func (n *Node) keeper() (*secret.Keeper, error) {
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
	return secret.NewKeeper(key)
}
