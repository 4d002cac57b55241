import { findSecrets } from '../../sandbox/harness/secret-scan.ts';

const SECRET = 'p/ss"w0rd+of-the=day';
const needles = [{ name: 'the password', text: SECRET }];
const scan = (text: string): string[] => findSecrets([{ name: 'a file', text }], needles);

describe('the scan for secrets', () => {
  it('finds nothing where there is nothing', () => {
    expect(scan('all is well')).toEqual([]);
  });

  it.each([
    ['as it is', `x${SECRET}y`],
    ['percent-encoded', `postgres://u:${encodeURIComponent(SECRET)}@h`],
    ['in JSON', JSON.stringify({ password: SECRET })],
    ['in base64 from the start', Buffer.from(`${SECRET}-tail`).toString('base64')],
    ['in base64 after one byte', Buffer.from(`x${SECRET}-tail`).toString('base64')],
    ['in base64 after two bytes', Buffer.from(`xy${SECRET}`).toString('base64')],
    ['in base64 of a whole URI', Buffer.from(`postgresql://litellm:${SECRET}@h/d`).toString('base64')],
  ])('finds a planted secret %s', (_, text) => {
    expect(scan(text)).not.toEqual([]);
  });

  it('does not quote what it finds', () => {
    expect(scan(SECRET).join()).not.toContain(SECRET);
  });
});
