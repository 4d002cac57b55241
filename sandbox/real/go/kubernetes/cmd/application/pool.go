package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"time"

	"github.com/lib/pq"
)

// How many connections the pool keeps open under the load of as many requests at once.
const poolSize = 4

// reportingConnector prints a line for each login that the pool makes.
type reportingConnector struct {
	credential credential
}

func (c reportingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	connector, err := c.credential.connector()
	if err != nil {
		return nil, err
	}
	connection, err := connector.Connect(ctx)
	report(c.credential.user, err)
	return connection, err
}

func (c reportingConnector) Driver() driver.Driver { return pq.Driver{} }

// requestFromPool makes poolSize requests every interval through connections that live for lifetime, so that a changed
// password is met when a connection is replaced.
func requestFromPool(ctx context.Context, credential credential, interval, lifetime time.Duration) {
	pool := sql.OpenDB(reportingConnector{credential})
	defer pool.Close()
	pool.SetMaxOpenConns(poolSize)
	pool.SetMaxIdleConns(poolSize)
	pool.SetConnMaxLifetime(lifetime)
	var clients sync.WaitGroup
	for range poolSize {
		clients.Add(1)
		go func() {
			defer clients.Done()
			every(ctx, interval, func() {
				// What went wrong with a login is printed where it is made; a query has nothing to add.
				_, _ = pool.ExecContext(ctx, "SELECT pg_sleep(0.02)")
			})
		}()
	}
	clients.Wait()
}
