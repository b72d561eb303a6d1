package database

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// envCitus is the address of a coordinator with nodes, as scripts/citus/cluster.sh start prints it: every test gets a
// database that is spread over them.
const envCitus = "TENURE_CITUS_DSN"

// citusParts cuts the tables into few parts: each is a table with its indexes to copy for every test.
const citusParts = 4

// cluster makes databases on a coordinator and its nodes. A database of the cluster is one of the same name on each.
type cluster struct {
	coordinator *url.URL
	nodes       []*url.URL // the coordinator first
}

const sqlNodes = `SELECT nodename, nodeport FROM pg_dist_node WHERE groupid > 0 ORDER BY nodeid`

// newCluster finds the nodes by the coordinator's own database.
func newCluster(ctx context.Context, dsn string) (*cluster, error) {
	coordinator, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("database: %s is no URL: %w", envCitus, err)
	}
	c := &cluster{coordinator: coordinator, nodes: []*url.URL{coordinator}}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("database: %s: %w", envCitus, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, sqlNodes)
	if err != nil {
		return nil, fmt.Errorf("database: nodes: %w", err)
	}
	var name string
	var port int
	_, err = pgx.ForEachRow(rows, []any{&name, &port}, func() error {
		node := *coordinator
		node.Host = net.JoinHostPort(name, strconv.Itoa(port))
		c.nodes = append(c.nodes, &node)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("database: nodes: %w", err)
	}
	return c, nil
}

// dsn is the address of a database at the coordinator.
func (c *cluster) dsn(name string) string { return at(c.coordinator, name) }

func at(node *url.URL, name string) string {
	address := *node
	address.Path = "/" + name
	return address.String()
}

// everywhere runs a statement outside of any transaction on the coordinator and all nodes, in one of their databases.
func (c *cluster) everywhere(ctx context.Context, name, sql string) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, node := range c.nodes {
		g.Go(func() error { return run(ctx, at(node, name), sql) })
	}
	return g.Wait()
}

func run(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	return err
}

// CreateDatabase makes a database without any table whose coordinator knows its nodes.
func (c *cluster) CreateDatabase(ctx context.Context, name string) (string, error) {
	quoted := pgx.Identifier{name}.Sanitize()
	if err := c.everywhere(ctx, "postgres", "CREATE DATABASE "+quoted); err != nil {
		return "", fmt.Errorf("database: create %s: %w", name, err)
	}
	if err := c.everywhere(ctx, name, "CREATE EXTENSION citus"); err != nil {
		return "", fmt.Errorf("database: create %s: %w", name, err)
	}
	for i, node := range c.nodes {
		add := "SELECT citus_add_node('%s', %s)"
		if i == 0 {
			add = "SELECT citus_set_coordinator_host('%s', %s)"
		}
		if err := run(ctx, c.dsn(name), fmt.Sprintf(add, node.Hostname(), node.Port())); err != nil {
			return "", fmt.Errorf("database: create %s: %w", name, err)
		}
	}
	return c.dsn(name), nil
}

// close lets nobody into a database any more, so that it can be copied: Citus connects to it by itself.
func (c *cluster) close(ctx context.Context, name string) error {
	const end = `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = `
	shut := "ALTER DATABASE " + pgx.Identifier{name}.Sanitize() + " ALLOW_CONNECTIONS false"
	if err := c.everywhere(ctx, "postgres", shut); err != nil {
		return fmt.Errorf("database: close %s: %w", name, err)
	}
	if err := c.everywhere(ctx, "postgres", end+"'"+name+"'"); err != nil {
		return fmt.Errorf("database: close %s: %w", name, err)
	}
	return nil
}

// CloneDatabase makes a copy of a closed database. PostgreSQL's own template is no database of the cluster.
func (c *cluster) CloneDatabase(ctx context.Context, name, from string) (string, error) {
	if from == empty {
		return c.CreateDatabase(ctx, name)
	}
	copied := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize() + " TEMPLATE " + pgx.Identifier{from}.Sanitize()
	if err := c.everywhere(ctx, "postgres", copied); err != nil {
		return "", fmt.Errorf("database: copy %s: %w", from, err)
	}
	return c.dsn(name), nil
}

// DropDatabase removes a database, and ends the connections to it.
func (c *cluster) DropDatabase(ctx context.Context, name string) error {
	return c.everywhere(ctx, "postgres", "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
}
