package main

import (
	"context"
	"net"
	"sync"
	"time"
)

// How long a looked-up address is used again, as the pools of real applications do: without it, eighty logins a second
// are a hundred and sixty queries to the cluster's DNS.
const addressLifetime = 5 * time.Second

// cachingDialer connects like net.Dialer and remembers the addresses of names for a moment.
type cachingDialer struct {
	mutex sync.Mutex
	known map[string]knownAddress
}

type knownAddress struct {
	address string
	until   time.Time
}

var addresses = &cachingDialer{known: map[string]knownAddress{}}

func (d *cachingDialer) DialContext(ctx context.Context, network, target string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	address, err := d.lookUp(ctx, host)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(address, port))
}

func (d *cachingDialer) lookUp(ctx context.Context, host string) (string, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if known, found := d.known[host]; found && time.Now().Before(known.until) {
		return known.address, nil
	}
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", err
	}
	d.known[host] = knownAddress{address: found[0], until: time.Now().Add(addressLifetime)}
	return found[0], nil
}

func (d *cachingDialer) Dial(network, target string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, target)
}

func (d *cachingDialer) DialTimeout(network, target string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, target)
}
