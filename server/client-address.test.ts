import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientAddress, isPassedOn, notePeerAddresses, trustedProxies } from '@/server/client-address';
import { changeEnvironment } from '@/tests/setup/test-environment';

/** A real server: what it sees of a request is what a route handler would. */
const server = http.createServer((request, response) => {
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]));
  response.end(request.url === '/passed-on' ? String(isPassedOn(headers)) : clientAddress(headers));
});

beforeAll(async () => {
  notePeerAddresses();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());

function seenAs(headers: Record<string, string>, trusted?: string, path = '/'): Promise<string> {
  changeEnvironment({ ANYON_TRUSTED_PROXY: trusted });
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

describe('the address a request came from', () => {
  it('is that of the connection, whatever the request says of itself', async () => {
    expect(await seenAs({})).toBe('127.0.0.1');
    expect(await seenAs({ 'x-forwarded-for': '203.0.113.7', 'x-anyon-peer': '203.0.113.7', 'x-real-ip': '203.0.113.7', forwarded: 'for=203.0.113.7' })).toBe('127.0.0.1');
  });

  it('is what a trusted proxy says, read from the right: what a client wrote before it does not count', async () => {
    expect(await seenAs({ 'x-forwarded-for': '203.0.113.7' }, '127.0.0.1')).toBe('203.0.113.7');
    expect(await seenAs({ 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }, '127.0.0.1')).toBe('203.0.113.7');
    expect(await seenAs({ 'x-forwarded-for': '198.51.100.1, 203.0.113.7, 10.1.2.3' }, '127.0.0.0/8, 10.0.0.0/8')).toBe('203.0.113.7');
    expect(await seenAs({ 'x-forwarded-for': '::ffff:203.0.113.7' }, '127.0.0.1')).toBe('203.0.113.7');
  });

  it('is that of the connection when another proxy is trusted, or the trusted one says nothing that is an address', async () => {
    expect(await seenAs({ 'x-forwarded-for': '203.0.113.7' }, '10.0.0.1')).toBe('127.0.0.1');
    expect(await seenAs({ 'x-forwarded-for': '10.0.0.1, <script>' }, '127.0.0.1')).toBe('127.0.0.1');
    expect(await seenAs({}, '127.0.0.1')).toBe('127.0.0.1');
  });

  it('is known to have been passed on by what it came with, whatever it says of that itself', async () => {
    expect(await seenAs({}, undefined, '/passed-on')).toBe('false');
    expect(await seenAs({ 'x-forwarded-for': '127.0.0.1', 'x-anyon-passed-on': 'false' }, undefined, '/passed-on')).toBe('true');
    expect(await seenAs({ forwarded: 'for=203.0.113.7' }, undefined, '/passed-on')).toBe('true');
    expect(isPassedOn(new Headers())).toBe(true);
  });

  it.each(['localhost', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0/8', '::1/200'])('does not start with %s as a trusted proxy', (entry) => {
    expect(() => trustedProxies(`127.0.0.1, ${entry}`)).toThrow(/ANYON_TRUSTED_PROXY/);
  });
});
