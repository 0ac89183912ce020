import { describe, expect, it } from 'vitest';
import { parseEnv } from '@/server/env';

const of = (source: Record<string, string>) => {
  const { previewPort, previewUrl } = parseEnv(source);
  return { previewPort, previewUrl };
};

describe('where previews are', () => {
  it('is beside Anyon, on hosts below localhost', () => {
    expect(of({})).toEqual({ previewPort: 3001, previewUrl: 'http://localhost:3001' });
    expect(of({ ANYON_PORT: '4000', ANYON_URL: 'http://localhost:8080' })).toEqual({ previewPort: 4001, previewUrl: 'http://localhost:4001' });
    for (const url of ['http://127.0.0.1:3000', 'http://[::1]:3000', 'http://anyon.localhost']) expect(of({ ANYON_URL: url }).previewUrl).toBe('http://localhost:3001');
    expect(of({ ANYON_PREVIEW_PORT: '7000' })).toEqual({ previewPort: 7000, previewUrl: 'http://localhost:7000' });
  });

  it('keeps off the ports of the other parts', () => {
    expect(of({ ANYON_PORT: '8999' }).previewPort).toBe(9002);
    expect(of({ ANYON_PORT: '65535' }).previewPort).toBe(1024);
  });

  it('is nowhere when browsers elsewhere could not find it, until an address is given', () => {
    expect(of({ ANYON_URL: 'https://anyon.example.com' }).previewUrl).toBeNull();
    for (const url of ['http://10.0.0.5:3000', 'http://127.example.com', 'http://localhost.example.com']) expect(of({ ANYON_URL: url }).previewUrl).toBeNull();
    expect(of({ ANYON_URL: 'https://anyon.example.com', ANYON_PREVIEW_URL: 'https://preview.example.com/' }).previewUrl).toBe('https://preview.example.com');
    expect(of({ ANYON_URL: 'http://10.0.0.5:3000', ANYON_PREVIEW_URL: 'http://preview.lan.test:3001' }).previewUrl).toBe('http://preview.lan.test:3001');
  });

  it.each([
    ['ftp://preview.example.com', /http/],
    ['https://preview.example.com/x', /without a path/],
    ['https://10.0.0.5', /not an address in numbers/],
    ['https://[::1]', /not an address in numbers/],
    ['https://preview', /with a dot/],
    ['https://anyon.example.com', /cookies for Anyon/],
    ['https://example.com', /cookies for Anyon/],
    ['http://preview.example.com', /https/],
  ])('refuses %s in words', (url, words) => {
    expect(() => of({ ANYON_URL: 'https://anyon.example.com', ANYON_PREVIEW_URL: url })).toThrow(/ANYON_PREVIEW_URL/);
    expect(() => of({ ANYON_URL: 'https://anyon.example.com', ANYON_PREVIEW_URL: url })).toThrow(words);
  });

  it('names every problem at once', () => {
    expect(() => of({ ANYON_PORT: '3000', ANYON_PREVIEW_PORT: '3000', ANYON_PREVIEW_URL: 'https://10.0.0.5' })).toThrow(/2 wrong value[^]*ANYON_PREVIEW_PORT: is the port of another part of Anyon\n {2}ANYON_PREVIEW_URL/);
  });
});
