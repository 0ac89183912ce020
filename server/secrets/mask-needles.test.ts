import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

const secret = `p@ss/w"ord+&'<né$>\\x`;
const masker = createMasker(secretNeedles([secret]));
const bytes = Buffer.from(secret);
const base64 = (before: string, after = '') => Buffer.from(`${before}${secret}${after}`).toString('base64');

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const markup = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const forms: Record<string, string> = {
  plain: secret,
  'JSON string': json(secret),
  'JSON within JSON': json(json(secret)),
  'JSON within JSON within JSON': json(json(json(secret))),
  'JSON with escaped slash': json(secret).replaceAll('/', '\\/'),
  'JSON in ASCII': json(secret).replace('é', '\\u00e9'),
  'JSON in ASCII, upper case, within JSON': json(json(secret).replace('é', '\\u00E9')),
  'JSON that is safe in HTML': json(secret).replace('&', '\\u0026').replace('<', '\\u003c').replace('>', '\\u003e'),
  'URL component': encodeURIComponent(secret),
  'URL component, lower case': encodeURIComponent(secret).replace(/%../g, (part) => part.toLowerCase()),
  'form field': new URLSearchParams([['k', secret]]).toString().slice(2),
  'every byte percent-encoded': [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'every byte percent-encoded, in capitals': [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  'every mark percent-encoded': [...bytes].map((byte) => (/[\w.~-]/.test(String.fromCharCode(byte)) && byte < 128 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`)).join(''),
  'shell in single quotes': secret.replaceAll("'", "'\\''"),
  'shell in single quotes, as Python does it': secret.replaceAll("'", `'"'"'`),
  'shell in double quotes': secret.replace(/["$`\\]/g, '\\$&'),
  'shell with backslashes': secret.replace(/[^\w@%+=:,./-]/g, '\\$&'),
  'shell in single quotes, in JSON': json(secret.replaceAll("'", "'\\''")),
  'XML text': markup,
  'XML attribute': markup.replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
  'HTML attribute': markup.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  'HTML by code point': markup.replaceAll('"', '&quot;').replaceAll("'", '&#x27;').replaceAll('/', '&#x2F;'),
  'HTML by number': secret.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`),
  'HTML in JSON': json(markup.replaceAll('"', '&quot;').replaceAll("'", '&#39;')),
  'hex, lower': bytes.toString('hex'),
  'hex, upper': bytes.toString('hex').toUpperCase(),
  'base64, alone': base64(''),
  'base64 without padding': base64('').replace(/=+$/, ''),
  'base64url, alone': bytes.toString('base64url'),
};

describe('the forms of a secret that are masked', () => {
  it.each(Object.entries(forms))('SEC-05: %s', (_name, text) => {
    expect(masker.maskText(`[${text}]`)).toBe(`[${'*'.repeat(Buffer.byteLength(text))}]`);
  });

  it.each(['', 'x', 'xx', 'user:', 'a longer text before '])('base64 of a longer text that has the value after "%s"', (before) => {
    for (const after of ['', 'y', 'yy', '\n', ' more']) {
      const text = base64(before, after);
      const left = masker.maskText(text).replaceAll('*', '').replace(/=+$/, '');
      const others = Math.ceil((Buffer.byteLength(before) * 8) / 6) + Math.ceil((Buffer.byteLength(after) * 8) / 6) + 1;
      expect(left.length).toBeLessThanOrEqual(others);
      expect(masker.maskText(text)).toContain('*'.repeat(Math.floor((bytes.length * 8) / 6) - 1));
    }
  });

  it('each line of a secret with several lines, also when the line ends are changed', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\r\n  hkiG9w0BAQEFAASC\n-----END KEY-----\n';
    const tested = createMasker(secretNeedles([key]));
    expect(tested.maskText('MIIEvQIBADANBgkq')).toBe('*'.repeat(16));
    expect(tested.maskText('a hkiG9w0BAQEFAASC b')).not.toContain('hkiG9w');
    expect(tested.maskText(JSON.stringify({ key }))).not.toContain('BADANB');
  });

  it('each string in a JSON credential', () => {
    const tested = createMasker(secretNeedles(['{"type":"user","private":{"key":"s3cr3t-leaf-value"}}']));
    expect(tested.maskText('key=s3cr3t-leaf-value type=user')).toBe(`key=${'*'.repeat(17)} type=user`);
  });

  it('a long secret broken at 64, 76 or 80 columns, as itself and in base64', () => {
    const long = Array.from({ length: 300 }, (_, i) => 'abcdefghijklmnopqrstuvwxyz0123456789'[(i * i * 7 + i) % 36]).join('');
    const tested = createMasker(secretNeedles([long]));
    for (const columns of [64, 76, 80]) {
      for (const form of [long, Buffer.from(long).toString('base64')]) {
        const lines = form.replace(new RegExp(`.{${columns}}`, 'g'), '$&\n');
        expect(tested.maskText(lines).replaceAll(/[*\n]/g, '').length).toBeLessThan(6);
      }
    }
  });

  it.each(['utf16-value', secret])('UTF-16LE of %s', (value) => {
    const tested = createMasker(secretNeedles([value]));
    expect(tested.maskWhole(Buffer.from(value, 'utf16le')).toString()).toBe('*'.repeat(2 * value.length));
  });

  const colours: Record<string, string> = { 'a colour code': '\x1b[31m', 'several codes, as grep has them': '\x1b[01;31m\x1b[K', 'a colour code in JSON': '\\u001b[31m', 'in JSON within JSON': '\\\\u001B[38;2;1;2;3m' };
  describe.each(Object.entries(colours))('split by %s', (_name, colour) => {
    it.each(Object.entries(forms))('SEC-05: between any two characters: %s', (_form, text) => {
      for (let at = 1; at < text.length; at++) {
        // Between backslashes and what they escape, nobody's escape sequence stands.
        if (colour.startsWith('\\') && text[at - 1] === '\\') continue;
        const [left, right] = [text.slice(0, at), text.slice(at)];
        expect(masker.maskText(`[${left}${colour}${right}]`)).toBe(`[${'*'.repeat(Buffer.byteLength(left))}${colour}${'*'.repeat(Buffer.byteLength(right))}]`);
      }
    });

    it('between all characters at once', () => {
      expect(masker.maskText([...base64('')].join(colour))).toBe([...base64('')].fill('*').join(colour));
    });

    it('a token that nobody told us about', () => {
      const token = `sk-ant-api03-${'aB9_'.repeat(6)}`;
      for (let at = 1; at < token.length; at++) {
        expect(createMasker([]).maskText(`${token.slice(0, at)}${colour}${token.slice(at)}`)).toBe(`${'*'.repeat(at)}${colour}${'*'.repeat(token.length - at)}`);
      }
    });
  });

  const lineEnds: Record<string, string> = { LF: '\n', 'CR LF': '\r\n', 'LF in JSON': '\\n', 'CR LF in JSON': '\\r\\n', 'LF in JSON within JSON': '\\\\n', 'CR LF in JSON within JSON': '\\\\r\\\\n' };
  describe.each(Object.entries(lineEnds))('broken by %s', (_name, lineEnd) => {
    const long = Array.from({ length: 230 }, (_, i) => 'abcdefghijklmnopqrstuvwxyz0123456789'[(i * i * 7 + i) % 36]).join('');
    const tested = createMasker(secretNeedles([long]));
    const standing = (text: string) => text.replaceAll(lineEnd, '').replaceAll('*', '');

    it.each([64, 76, 80])('SEC-05: at %i columns, wherever the value begins, as itself and in base64', (columns) => {
      for (let before = 0; before < columns; before++) {
        for (const form of [long, Buffer.from(long).toString('base64')]) {
          const text = `${'-'.repeat(before)}${form}`.replace(new RegExp(`.{${columns}}`, 'g'), `$&${lineEnd}`);
          // Fewer than four characters at the end of a line may stay.
          const left = standing(tested.maskText(text)).slice(before);
          expect(left.length).toBeLessThan(4);
        }
      }
    });

    it.each([64, 76, 80])('SEC-05: a longer text in base64, at %i columns', (columns) => {
      for (let before = 0; before < columns; before++) {
        const text = Buffer.from(`${'\0'.repeat(before)}${long}\0\0`).toString('base64').replace(new RegExp(`.{${columns}}`, 'g'), `$&${lineEnd}`);
        const around = Math.ceil((before * 4) / 3) + 6;
        expect(standing(tested.maskText(text)).length).toBeLessThan(around + 4);
      }
    });
  });

  it('split by colours and line ends at once', () => {
    expect(createMasker(['correct-horse-battery']).maskText('\x1b[1mcorrect\x1b[0m\r\n\x1b[1m-horse\x1b[0m\\n-battery')).toBe('\x1b[1m*******\x1b[0m\r\n\x1b[1m******\x1b[0m\\n********');
  });

  it('leaves out forms and values of fewer than six bytes', () => {
    expect(secretNeedles(['abc', ''])).toEqual([]);
    expect(secretNeedles(['value1']).every((needle) => needle.length >= 6)).toBe(true);
  });
});

describe('what is documented as not covered', () => {
  it.each<[string, string]>([
    ['base64 twice', Buffer.from(base64('')).toString('base64')],
    ['reversal', [...secret].reverse().join('')],
    ['a character a line with line numbers', [...secret].map((letter, index) => `${index} ${letter}`).join('\n')],
    ['spaces between the characters', [...secret].join(' ')],
    ['hex in groups', [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':')],
    ['compression', deflateRawSync(bytes).toString('latin1')],
    ['every mark as a code point', [...secret].map((letter) => `&#${letter.charCodeAt(0)};`).join('')],
    ['split by cursor movements', `${secret.slice(0, 9)}\x1b[2C${secret.slice(9)}`],
    ['indented after the line end', `${secret.slice(0, 9)}\n    ${secret.slice(9)}`],
  ])('%s', (_name, text) => {
    expect(masker.maskText(text)).toBe(text.replaceAll('\0', '\u{fffd}')); // what is compressed may hold NUL, which no text keeps
  });

  it('fewer than four characters of it at the end of a line', () => {
    expect(masker.maskText(`${secret.slice(0, 3)}\n${secret.slice(3)}`)).toMatch(/^p@s\n\*+$/);
  });

  it('a match that reaches over more than 4,096 bytes with what splits it', () => {
    const text = [...base64('')].join('\x1b[1m'.repeat(50));
    expect(masker.maskText(text)).toBe(text);
  });

  it('a token that is known by its shape only, encoded', () => {
    const encoded = Buffer.from(`ghp_${'a1'.repeat(18)}`).toString('base64');
    expect(createMasker([]).maskText(encoded)).toBe(encoded);
  });

  it('the second line of a token that is known by its shape only', () => {
    expect(createMasker([]).maskText(`sk-ant-api03-${'a'.repeat(20)}\n${'b'.repeat(20)}`)).toMatch(/^\*+\nb+$/);
  });
});
