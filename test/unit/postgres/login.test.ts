import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { Password, type Credential } from '../../../src/domain/password.ts';
import { tryLogin, withLogin, type LoginTarget } from '../../../src/postgres/login.ts';

const CREDENTIAL: Credential = { username: 'litellm', password: Password.of('never-told-in-a-message') };

/** A connection to somebody who takes everything and says nothing. */
const silent = (): Duplex =>
  new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
    // Neither side ever closes by itself.
    final: () => undefined,
  });

const target = (socket: Duplex): LoginTarget => ({
  name: 'Service ai-system/litellm-postgresql-rw',
  host: 'litellm-postgresql-rw',
  database: 'litellm',
  serverCa: '',
  dial: () => Promise.resolve(socket),
  timeoutMs: 50,
});

describe('a login', () => {
  it('to a server that says nothing is given up', async () => {
    const socket = silent();
    await expect(tryLogin(target(socket), CREDENTIAL)).rejects.toMatchObject({
      type: 'DatabaseUnreachable',
      message: expect.stringMatching(/^A login as "litellm" .* neither succeeded nor was refused \(.+\)\.$/) as string,
    });
    expect(socket.destroyed).toBe(true);
  });

  it('through a connection that broke before it was used is given up', async () => {
    const socket = silent();
    socket.destroy();
    await once(socket, 'close');
    await expect(tryLogin(target(socket), CREDENTIAL)).rejects.toMatchObject({
      type: 'DatabaseUnreachable',
    });
  });

  it('that has failed does not wait for a connection that never closes', async () => {
    const server = silent();
    const login = withLogin(target(server), CREDENTIAL, () => Promise.resolve({}));
    // What PostgreSQL answers: no TLS, which the client refuses to go on without.
    server.push('N');
    await expect(login).rejects.toMatchObject({ message: expect.stringContaining('does not support SSL') as string });
    expect(server.destroyed).toBe(true);
  });
});
