import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPreviewInput, previewLabel, previewOrigin, readPreviewLabel } from '@/contract/preview';

const place = { workspaceId: '0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001', port: 5173 };

describe('the name of a preview', () => {
  it('says the place, and is read back', () => {
    expect(previewLabel(place)).toBe('p5173-0190aaaabbbb7ccc8dddeeeeffff0001');
    expect(previewOrigin('http://localhost:3001', place)).toBe('http://p5173-0190aaaabbbb7ccc8dddeeeeffff0001.localhost:3001');
    expect(previewOrigin('https://preview.example.com', place)).toBe('https://p5173-0190aaaabbbb7ccc8dddeeeeffff0001.preview.example.com');
    for (const port of [1, 80, 65_535]) expect(readPreviewLabel(previewLabel({ workspaceId: place.workspaceId, port }))).toEqual({ workspaceId: place.workspaceId, port });
  });

  it('is a label of one spelling only, and fits into a host name', () => {
    const good = previewLabel({ workspaceId: randomUUID(), port: 65_535 });
    expect(good.length).toBeLessThanOrEqual(63);
    for (const bad of ['', 'p', good.toUpperCase(), ` ${good}`, `${good}0`, good.replace('p65535', 'p65536'), good.replace('p65535', 'p0'), good.replace('p65535', 'p080'), good.replace('p65535', 'p'), 'www', 'p80-zz'])
      expect(readPreviewLabel(bad), bad).toBeNull();
  });

  it('never reads what it would not write', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^p[0-9]{1,6}-[0-9a-f]{30,34}$/)), (label) => {
      const read = readPreviewLabel(label);
      expect(read === null || previewLabel(read) === label).toBe(true);
    }));
  });
});

describe('where a preview begins', () => {
  it('is a path of its own origin', () => {
    const asked = (path: string) => openPreviewInput.safeParse({ workspaceId: randomUUID(), port: 80, path }).success;
    for (const path of ['/', '/a/b?c=d&e=%20#f']) expect(asked(path), path).toBe(true);
    for (const path of ['', 'a', '//evil.example', '/\\evil.example', 'https://evil.example', '/a b', '/a\r\nb', `/${'a'.repeat(2_000)}`]) expect(asked(path), path).toBe(false);
  });

  it.each([0, -1, 65_536, 1.5, Number.NaN])('refuses port %s', (port) => {
    expect(openPreviewInput.safeParse({ workspaceId: randomUUID(), port }).success).toBe(false);
  });
});
