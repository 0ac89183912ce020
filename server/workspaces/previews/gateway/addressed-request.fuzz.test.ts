import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { previewLabel, readPreviewLabel } from '@/contract/preview';
import { cookieOf, headersForBrowser, headersForServer } from '@/server/workspaces/previews/gateway/passed-headers';
import { isForeign, readPreviewHost } from '@/server/workspaces/previews/gateway/preview-host';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { nearlyText } from '@/tests/setup/hostile-bytes';

const place = { workspaceId: randomUUID(), port: 3000 };
const label = previewLabel(place);
const base = 'https://preview.example:8443';
const origin = `https://${label}.preview.example:8443`;
const value = nearlyText(['a=b; c=d', 'anyon-session=x; Domain=.example', `${origin}/path`, 'http://localhost:3000/x', 'keep-alive, upgrade, content-length', '; Path=/; domain', 'Domain=example; HttpOnly', '__Host-anyon-session=1']);
const headers: fc.Arbitrary<IncomingHttpHeaders> = fc.record(
  { host: value, connection: value, cookie: value, origin: value, referer: value, location: value, 'set-cookie': fc.array(value, { maxLength: 3 }), 'sec-fetch-site': fc.constantFrom('cross-site', 'same-site', 'same-origin', 'none', 'x'), 'clear-site-data': value },
  { requiredKeys: [] },
);

describe('a request to the gateway of previews that may say anything', () => {
  it('names a place whose address is the very one it came to, or none', async () => {
    await holdsFor(fc.tuple(nearlyText([`${label}.preview.example`, `${label}.preview.example:8443`, 'preview.example', `p80-${'0'.repeat(32)}.preview.example`]), nearlyText([label])), ([host, text]) => {
      const found = readPreviewHost(host, base);
      if (found) expect(host.toLowerCase()).toMatch(new RegExp(`^${previewLabel(found.place)}\\.preview\\.example(:\\d{1,5})?$`));
      const read = readPreviewLabel(text);
      if (read) expect(previewLabel(read)).toBe(text);
    });
    expect(readPreviewHost(`${label}.preview.example:8443`, base)?.place).toEqual(place);
  });

  it('is passed on without a cookie of Anyon, and answered without one for a domain', async () => {
    await holdsFor(headers, (given) => {
      const request = structuredClone(given);
      isForeign({ method: 'GET', headers: request, isUpgrade: false }, origin);
      headersForServer(request, { port: 3000, origin, isUpgrade: false });
      expect(request.host).toBe('localhost:3000');
      expect(request.cookie ?? '').not.toMatch(/(^|;\s*)(__Host-)?anyon-[^;]*=/);
      cookieOf(given, 'a');
      headersForBrowser(given, { port: 3000, origin, isUpgrade: false });
      for (const cookie of given['set-cookie'] ?? []) expect(cookie.split(';').slice(1).join(';')).not.toMatch(/(^|;)\s*domain\s*(=|;|$)/i);
      expect(given['clear-site-data']).toBeUndefined();
    });
  });

  it('costs time by its length', async () => {
    for (const piece of ['p1-', '.', 'a.', ':1', ' ', ';', '=', '; a', ', a']) {
      await growsStraight((size) => piece.repeat(size / piece.length), (text) => {
        readPreviewHost(text, base);
        headersForServer({ cookie: text, connection: text, referer: text }, { port: 1, origin, isUpgrade: false });
        headersForBrowser({ 'set-cookie': [text], location: text, connection: text }, { port: 1, origin, isUpgrade: false });
      });
    }
  });
});
