import { describe, expect, it } from 'vitest';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

const secret = `p@ss/w"ord+&'<né$>\\x`;
const masker = createMasker(secretNeedles([secret]));
const bytes = Buffer.from(secret);
const base64 = (before: string, after = '') => Buffer.from(`${before}${secret}${after}`).toString('base64');

/** What is left of a form once masked: nothing but stars, save for base64 characters that mix the value with its neighbours. */
const forms: Record<string, { text: string; left?: number }> = {
  plain: { text: secret },
  'JSON string': { text: JSON.stringify(secret).slice(1, -1) },
  'JSON within JSON': { text: JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1) },
  'JSON with escaped slash': { text: JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/') },
  'JSON in ASCII': { text: JSON.stringify(secret).slice(1, -1).replace('é', '\\u00e9') },
  'URL component': { text: encodeURIComponent(secret) },
  'URL component, lower case': { text: encodeURIComponent(secret).replace(/%../g, (part) => part.toLowerCase()) },
  'form field': { text: new URLSearchParams([['k', secret]]).toString().slice(2) },
  'shell in single quotes': { text: secret.replaceAll("'", "'\\''") },
  'XML text': { text: secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') },
  'HTML attribute': { text: secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;') },
  'hex, lower': { text: bytes.toString('hex') },
  'hex, upper': { text: bytes.toString('hex').toUpperCase() },
  'base64, alone': { text: base64('') },
  'base64url, alone': { text: bytes.toString('base64url') },
};

describe('the forms of a secret that are masked', () => {
  it.each(Object.entries(forms))('%s', (_name, { text }) => {
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

  it('UTF-16LE of an ASCII value', () => {
    const tested = createMasker(secretNeedles(['utf16-value']));
    expect(tested.maskWhole(Buffer.from('utf16-value', 'utf16le')).toString()).toBe('*'.repeat(22));
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
    ['one letter a line', [...secret].join('\n')],
    ['split by a colour code', `${secret.slice(0, 9)}\x1b[31m${secret.slice(9)}`],
  ])('%s', (_name, text) => {
    expect(masker.maskText(text)).toBe(text);
  });
});
