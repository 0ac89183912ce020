import { describe, expect, it } from 'vitest';
import { crossSiteProblem } from '@/server/trpc/cross-site';

const local = 'http://localhost:3000';
const cloud = 'https://anyon.example.com';

function problem(publicUrl: string, headers: Record<string, string>): string | null {
  return crossSiteProblem(new Headers(headers), publicUrl);
}

describe('a request that changes something', () => {
  it('is served when its Origin is the public address', () => {
    expect(problem(local, { origin: local, cookie: 'a=b', host: 'localhost:3000' })).toBeNull();
    expect(problem(cloud, { origin: cloud, cookie: 'a=b', host: '10.0.0.1:3000', 'sec-fetch-site': 'same-origin' })).toBeNull();
  });

  it('is served over plain http when its Origin names the host that was asked, as through a port forward', () => {
    expect(problem(local, { origin: 'http://localhost:8080', cookie: 'a=b', host: 'localhost:8080' })).toBeNull();
    expect(problem(local, { origin: 'http://127.0.0.1:3000', cookie: 'a=b', host: '127.0.0.1:3000' })).toBeNull();
  });

  it.each([
    ['another site', { origin: 'https://evil.example', host: 'localhost:3000' }],
    ['a page whose origin is opaque', { origin: 'null', host: 'localhost:3000' }],
    ['another port of the same host', { origin: 'http://localhost:9000', host: 'localhost:3000' }],
    ['a host that only starts like ours', { origin: 'http://localhost:3000.evil.example', host: 'localhost:3000' }],
    ['a browser that says cross-site', { origin: local, host: 'localhost:3000', 'sec-fetch-site': 'cross-site' }],
    ['a browser that says same-site', { origin: local, host: 'localhost:3000', 'sec-fetch-site': 'same-site' }],
    ['a forwarded host that anybody can write', { origin: 'http://evil.example', host: 'localhost:3000', 'x-forwarded-host': 'evil.example' }],
    ['cookies without an Origin', { host: 'localhost:3000' }],
    ['an empty Origin', { origin: '', host: 'localhost:3000' }],
  ])('is refused from %s', (_, headers: Record<string, string>) => {
    expect(problem(local, { cookie: 'a=b', ...headers })).toEqual(expect.any(String));
  });

  it('is refused over https when only the host fits', () => {
    expect(problem(cloud, { origin: 'http://anyon.example.com', cookie: 'a=b', host: 'anyon.example.com' })).toContain(cloud);
    expect(problem(cloud, { origin: 'https://10.0.0.1', cookie: 'a=b', host: '10.0.0.1' })).toContain(cloud);
  });

  it('needs no Origin when it carries no cookies', () => {
    expect(problem(local, { host: 'localhost:3000' })).toBeNull();
  });
});
