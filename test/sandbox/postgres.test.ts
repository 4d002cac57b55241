import { debianMirror } from '../../sandbox/real/debian.ts';

const mirrorOf = (...texts: string[]) => debianMirror(() => texts);

describe('the Debian mirror', () => {
  it.each([
    ['of the old form', 'deb http://mirror.example/debian bookworm main', 'http://mirror.example/debian'],
    [
      'of the old form with options',
      'deb [signed-by=/usr/share/key.gpg arch=amd64] http://mirror.example/debian/ bookworm main',
      'http://mirror.example/debian/',
    ],
    [
      'of the new form',
      'Types: deb\nURIs: https://mirror.example/debian\nSuites: bookworm',
      'https://mirror.example/debian',
    ],
    [
      'behind a comment and a source of sources',
      '# deb http://old.example/debian bookworm main\ndeb-src http://src.example/debian bookworm main\ndeb http://mirror.example/debian bookworm main',
      'http://mirror.example/debian',
    ],
    [
      'and not the one of security updates, which has no whole suite',
      'deb http://mirror.example/debian-security bookworm-security main\ndeb http://mirror.example/debian bookworm main',
      'http://mirror.example/debian',
    ],
  ])('is read from an apt source %s', (_, text, expected) => {
    expect(mirrorOf(text)).toBe(expected);
  });

  it('is the first that any of the files names', () => {
    expect(mirrorOf('', 'deb http://one.example/debian x main', 'deb http://two.example/debian x main')).toBe(
      'http://one.example/debian',
    );
  });

  it('is missed with a word on what to do', () => {
    expect(() => mirrorOf('deb http://archive.example/ubuntu jammy main')).toThrow('name no Debian mirror');
  });
});
