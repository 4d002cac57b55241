import { decodedSource, Pieces, type Source } from '../source.ts';

/*
 * Base64 as a whole. Its alphabet, padding and line breaks stay. An edit always writes the whole text, since one letter
 * belongs to several bytes.
 */
const BASE64 = /^[A-Za-z0-9+/_-]+(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}$/;

/** The decoded UTF-8 text of the base64 in `outer` (without white space around it). */
export function base64Decoded(outer: Source): Source | undefined {
  const { text } = outer;
  if (text.length < 4 || !BASE64.test(text)) return undefined;
  const urlSafe = /[-_]/.test(text);
  const decoded = decodeBase64(text.replace(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/'));
  if (decoded === undefined) return undefined;
  const broken = /\r?\n/.exec(text);
  const write = (to: string): string => {
    let written = btoa(Array.from(new TextEncoder().encode(to), (byte) => String.fromCharCode(byte)).join(''));
    if (urlSafe) written = written.replaceAll('+', '-').replaceAll('/', '_');
    if (decodedUnpadded(text)) written = written.replace(/=+$/, '');
    if (broken === null) return written;
    const width = broken.index;
    return (written.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(broken[0]);
  };
  // One piece that no edit may divide: every edit writes the whole text.
  const whole = { start: 0, end: text.length, write: (to: string) => (isLone(to) ? undefined : write(to)) };
  return decodedSource(outer, new Pieces().escape(0, text.length, decoded), {
    escape: () => undefined,
    restyle: whole,
  });
}

function decodeBase64(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // A text has no zero bytes.
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}

const decodedUnpadded = (text: string): boolean => text.replace(/\s/g, '').length % 4 !== 0;
const isLone = (text: string): boolean =>
  /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
