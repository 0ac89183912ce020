import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';

/** The lowest versions without a known hole that concerns us, and the advisory that says so. */
const floors: Readonly<Record<string, { atLeast: string; because: string }>> = {
  next: { atLeast: '16.3.3', because: 'GHSA-2xp9-vwfh-vxw4: code execution by way of the image optimizer' },
  react: { atLeast: '19.2.4', because: 'CVE-2025-55182 and its followers: code execution in server components' },
  'react-dom': { atLeast: '19.2.4', because: 'as react' },
  'next-auth': { atLeast: '5.0.0-beta.32', because: 'GHSA-8fpg-xm3f-6cx3: an error taken for a session' },
  '@auth/core': { atLeast: '0.41.3', because: 'as next-auth' },
  '@trpc/server': { atLeast: '11.8.0', because: 'GHSA-43p4-m455-4f4j: prototype pollution by form data' },
  'drizzle-orm': { atLeast: '0.45.2', because: 'CVE-2026-39356: SQL by way of identifiers' },
  ws: { atLeast: '8.20.2', because: 'GHSA-96hv-2xvq-fx4p: a request that ends the process' },
  'tar-fs': { atLeast: '2.1.4', because: 'CVE-2025-59343: an archive that writes outside its folder' },
};

interface Lock {
  packages: Record<string, { version?: string }>;
}

function compare(one: string, other: string): number {
  const parts = (version: string) => version.split(/[.-]/).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const [left, right] = [parts(one), parts(other)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [a, b] = [left[at], right[at]];
    if (a === b) continue;
    if (a === undefined) return typeof b === 'string' ? 1 : -1; // 5.0.0 is newer than 5.0.0-beta
    if (b === undefined) return typeof a === 'string' ? -1 : 1;
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return String(a) < String(b) ? -1 : 1;
  }
  return 0;
}

function installed(name: string): string[] {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(lock.packages).flatMap(([place, { version }]) => (version && (place === `node_modules/${name}` || place.endsWith(`/node_modules/${name}`)) ? [version] : []));
}

describe('WEB-19 the packages that are installed', () => {
  it.each(Object.entries(floors))('%s has no version with a known hole', (name, { atLeast }) => {
    expect(installed(name).filter((version) => compare(version, atLeast) < 0)).toEqual([]);
  });

  it('are looked up rightly: those that the product imports itself are found', () => {
    for (const name of ['next', 'react', 'next-auth', '@auth/core', '@trpc/server', 'drizzle-orm']) expect(installed(name), name).not.toEqual([]);
  });

  it('are compared rightly', () => {
    expect(compare('16.3.2', '16.3.3')).toBeLessThan(0);
    expect(compare('16.10.0', '16.3.3')).toBeGreaterThan(0);
    expect(compare('5.0.0-beta.9', '5.0.0-beta.32')).toBeLessThan(0);
    expect(compare('5.0.0', '5.0.0-beta.32')).toBeGreaterThan(0);
    expect(compare('3.1.1', '3.1.1')).toBe(0);
  });

  it('optimize no images: that part of Next stays off', () => {
    expect(readFileSync(path.join(root, 'next.config.mjs'), 'utf8')).toMatch(/images: \{ unoptimized: true \}/);
  });
});
