import { describe, expect, it } from 'vitest';
import { previewLabel } from '@/contract/preview';
import { isForeign, readPreviewHost } from '@/server/workspaces/previews/gateway/preview-host';

const place = { workspaceId: '0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001', port: 5173 };
const label = previewLabel(place);

describe('the host of a preview', () => {
  it('is a label below the address of previews, on any port', () => {
    expect(readPreviewHost(`${label}.localhost:3001`, 'http://localhost:3001')).toEqual({ place, origin: `http://${label}.localhost:3001` });
    expect(readPreviewHost(`${label.toUpperCase()}.LOCALHOST:4001`, 'http://localhost:3001')?.origin).toBe(`http://${label}.localhost:4001`);
    expect(readPreviewHost(`${label}.preview.example.com`, 'https://preview.example.com')?.origin).toBe(`https://${label}.preview.example.com`);
  });

  it.each([undefined, '', 'localhost', label, `${label}.localhost.`, `${label}.evil.example`, `a.${label}.localhost`, `${label}.localhost:3001:1`, `${label}.localhost@evil.example`, `${label}..localhost`, `${label}.localhost:`, `${label}.localhost, x`, `www.localhost`])('is not %s', (host) => {
    expect(readPreviewHost(host, 'http://localhost:3001')).toBeNull();
  });
});

describe('a request that another page has made', () => {
  const origin = `http://${label}.localhost:3001`;
  const foreign = (headers: Record<string, string>, method = 'GET', isUpgrade = false) => isForeign({ method, headers, isUpgrade }, origin);

  it('is seen by what the browser says of its site', () => {
    expect(foreign({ 'sec-fetch-site': 'same-origin' }, 'POST')).toBe(false);
    expect(foreign({ 'sec-fetch-site': 'same-origin', origin: 'null' }, 'POST')).toBe(false); // a form of a page without Referer
    expect(foreign({ 'sec-fetch-site': 'none' })).toBe(false);
    for (const site of ['cross-site', 'same-site']) {
      expect(foreign({ 'sec-fetch-site': site })).toBe(true);
      expect(foreign({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).toBe(false);
      expect(foreign({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 'POST')).toBe(true);
      expect(foreign({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' })).toBe(true);
      expect(foreign({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 'GET', true)).toBe(true);
    }
  });

  it('is seen by its Origin where the browser says nothing else', () => {
    expect(foreign({})).toBe(false); // a program
    expect(foreign({ origin }, 'POST')).toBe(false);
    expect(foreign({ origin: 'http://localhost:3000' }, 'POST')).toBe(true);
    expect(foreign({ origin: 'null' }, 'POST')).toBe(true);
    expect(foreign({ origin, 'sec-fetch-site': 'same-origin' }, 'GET', true)).toBe(false);
    expect(foreign({ origin: 'http://localhost:3000', 'sec-fetch-site': 'none' }, 'GET', true)).toBe(true);
  });
});
