package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/lib/pq"
)

const loginTimeout = 3 * time.Second

type credential struct {
	user string
	dsn  string
}

// readCredential reads what each application's chart sets: a URI (LiteLLM, Dragonfly: DATABASE_URL; Obot:
// OBOT_SERVER_DSN) or the parts (Langfuse: DATABASE_HOST, DATABASE_USERNAME, DATABASE_PASSWORD, DATABASE_NAME).
// No error of it quotes what it read.
func readCredential(env func(string) string) (credential, error) {
	for _, name := range []string{"DATABASE_URL", "OBOT_SERVER_DSN"} {
		if text := env(name); text != "" {
			parsed, err := url.Parse(text)
			if err != nil || parsed.User == nil || parsed.Host == "" {
				return credential{}, fmt.Errorf("%s is not a connection URI that this application can read", name)
			}
			return fromURL(parsed), nil
		}
	}
	if env("DATABASE_HOST") == "" {
		return credential{}, errors.New("set DATABASE_URL, OBOT_SERVER_DSN, or DATABASE_HOST, DATABASE_USERNAME, DATABASE_PASSWORD and DATABASE_NAME")
	}
	user := env("DATABASE_USERNAME")
	if user == "" {
		// As images do that have a user of their own: nobody outside of the program knows it.
		user = env("DATABASE_NAME")
	}
	return fromURL(&url.URL{
		Scheme: "postgresql",
		User:   url.UserPassword(user, env("DATABASE_PASSWORD")),
		Host:   env("DATABASE_HOST"),
		Path:   "/" + env("DATABASE_NAME"),
	}), nil
}

func fromURL(uri *url.URL) credential {
	query := uri.Query()
	if !query.Has("sslmode") {
		// TLS would double the processor time of a login, and eight pods make ten a second each.
		query.Set("sslmode", "disable")
	}
	uri.RawQuery = query.Encode()
	return credential{user: uri.User.Username(), dsn: uri.String()}
}

func (c credential) logIn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	connector, err := c.connector()
	if err != nil {
		return err
	}
	connection, err := connector.Connect(ctx)
	if err != nil {
		return err
	}
	// No query: the server has said that it accepts the login, and a first query costs it more than the login did.
	return connection.Close()
}

func (c credential) connector() (*pq.Connector, error) {
	connector, err := pq.NewConnector(c.dsn)
	if err != nil {
		return nil, errors.New("the connection URI cannot be read")
	}
	connector.Dialer(addresses)
	return connector, nil
}

func report(user string, err error) {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	var refusal *pq.Error
	switch {
	case err == nil:
		fmt.Printf("%s accepted user=%s\n", now, user)
	case errors.Is(err, context.Canceled):
		// Told to stop in the middle of a login: it was neither accepted nor refused.
	case errors.As(err, &refusal):
		fmt.Printf("%s refused user=%s %s\n", now, user, describe(err))
	default:
		fmt.Printf("%s unreachable user=%s %s\n", now, user, describe(err))
	}
}

func describe(err error) string {
	var refusal *pq.Error
	if errors.As(err, &refusal) {
		return fmt.Sprintf("sqlstate=%s %s", refusal.Code, refusal.Message)
	}
	return err.Error()
}
