import { describe, expect, it } from 'vitest';
import { cookieOf, headersForBrowser, headersForServer } from '@/server/workspaces/previews/gateway/passed-headers';

const way = { port: 5173, origin: 'http://p5173-x.localhost:3001', isUpgrade: false };

function toServer(headers: Record<string, string>, isUpgrade = false) {
  const passed = { ...headers };
  headersForServer(passed, { ...way, isUpgrade });
  return passed as Record<string, string>;
}

function toBrowser(headers: Record<string, string | string[]>, isUpgrade = false) {
  const passed = { ...headers };
  headersForBrowser(passed as never, { ...way, isUpgrade });
  return passed;
}

describe('what the web server is told', () => {
  it('is nothing of the way that the request has come', () => {
    const told = toServer({ host: 'x', connection: 'close, X-Mine, Content-Length, Transfer-Encoding', 'x-mine': '1', 'content-length': '3', 'keep-alive': '1', expect: '100-continue', 'x-forwarded-proto': 'https', via: 'x', 'x-anyon-origin': 'http://evil.example' });
    expect(told).toEqual({ host: 'localhost:5173', 'content-length': '3', 'x-anyon-origin': way.origin });
  });

  it('keeps what makes a WebSocket', () => {
    expect(toServer({ connection: 'keep-alive, Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'k' }, true)).toMatchObject({ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'k' });
  });

  it('names its own origin where the page did, and no other', () => {
    expect(toServer({ origin: way.origin, referer: `${way.origin}/a` })).toMatchObject({ origin: 'http://localhost:5173', referer: 'http://localhost:5173/a' });
    expect(toServer({ origin: 'http://other.example', referer: `${way.origin}.evil.example/a` })).toMatchObject({ origin: 'http://other.example', referer: `${way.origin}.evil.example/a` });
  });
});

describe('what the browser is told', () => {
  it('WEB-23 has no cookie for a domain, in whatever spelling', () => {
    const kept = ['a=1; Path=/', 'b=domain=2; HttpOnly', 'c="x; Path=/'];
    expect(toBrowser({ 'set-cookie': ['a=1; DOMAIN=localhost; Path=/', 'b=domain=2; Domain = .localhost; HttpOnly; domain', 'c="x; domain=a"; Path=/', '__Host-anyon-session=1', ' anyon-x=1'] })['set-cookie']).toEqual(kept);
  });

  it('is led on by the address that it knows', () => {
    expect(toBrowser({ location: 'http://localhost:5173' })['location']).toBe(`${way.origin}/`);
    expect(toBrowser({ location: 'https://localhost:5173/' })['location']).toBe('https://localhost:5173/');
    expect(toBrowser({ location: '//evil.example/' })['location']).toBe('//evil.example/');
  });

  it('keeps the upgrade of a WebSocket', () => {
    expect(toBrowser({ connection: 'Upgrade', upgrade: 'websocket', 'alt-svc': 'x' }, true)).toEqual({ connection: 'Upgrade', upgrade: 'websocket' });
    expect(toBrowser({ connection: 'close, x-hop', 'x-hop': '1', 'transfer-encoding': 'chunked', 'content-length': '3' })).toEqual({ 'content-length': '3' });
  });
});

it('a cookie is read by its whole name', () => {
  expect(cookieOf({ cookie: 'xanyon-preview=1; anyon-preview=2; anyon-preview=3' }, 'anyon-preview')).toBe('2');
  expect(cookieOf({ cookie: 'anyon-previews=1;;=' }, 'anyon-preview')).toBeNull();
  expect(cookieOf({}, 'anyon-preview')).toBeNull();
});
