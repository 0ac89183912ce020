import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRunLogRange } from '@/server/runs/run-log-range';

let directory: string;
let file: string;
const content = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'anyon-range-'));
  file = path.join(directory, 'out.log');
  await writeFile(file, content);
});

afterEach(async () => rm(directory, { recursive: true }));

async function ask(headers: Record<string, string> = {}, options: { method?: string; final?: boolean; path?: string } = {}) {
  const request = { method: options.method ?? 'GET', headers: new Headers(headers) };
  const response = await readRunLogRange(request, { path: options.path ?? file, final: options.final ?? false });
  return { response, status: response.status, header: (name: string) => response.headers.get(name) };
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

async function openFiles(): Promise<string[]> {
  const links = await Promise.all((await readdir('/proc/self/fd')).map(async (fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return links.filter((link) => link.startsWith(directory));
}

describe('the log by byte range', () => {
  it('serves the whole file as text that nothing may act on or transform', async () => {
    const { response, status, header } = await ask();
    expect(status).toBe(200);
    expect(header('content-type')).toBe('text/plain; charset=utf-8');
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(header('cache-control')).toContain('no-transform');
    expect(header('content-length')).toBe('700000');
    expect(header('accept-ranges')).toBe('bytes');
    expect((await bytesOf(response)).equals(content)).toBe(true);
    expect(await openFiles()).toEqual([]);
  });

  it('serves one range, from either end', async () => {
    const middle = await ask({ range: 'bytes=300000-300009' });
    expect([middle.status, middle.header('content-range'), middle.header('content-length')]).toEqual([206, 'bytes 300000-300009/700000', '10']);
    expect((await bytesOf(middle.response)).equals(content.subarray(300_000, 300_010))).toBe(true);
    const tail = await ask({ range: 'bytes=-300000' });
    expect([tail.status, tail.header('content-range')]).toEqual([206, 'bytes 400000-699999/700000']);
    expect((await bytesOf(tail.response)).equals(content.subarray(400_000))).toBe(true);
  });

  it('refuses a range behind the end and tells the size', async () => {
    const { response, status, header } = await ask({ range: 'bytes=700000-' });
    expect([status, header('content-range'), await response.text()]).toEqual([416, 'bytes */700000', '']);
    expect(await openFiles()).toEqual([]);
  });

  it('answers HEAD as GET but without a body', async () => {
    const { response, status, header } = await ask({ range: 'bytes=-5' }, { method: 'HEAD' });
    expect([status, header('content-length'), response.body]).toEqual([206, '5', null]);
    expect(await openFiles()).toEqual([]);
  });

  it('takes a run that has not written yet for an empty log', async () => {
    const whole = await ask({}, { path: path.join(directory, 'absent.log') });
    expect([whole.status, whole.header('content-length')]).toEqual([200, '0']);
    const range = await ask({ range: 'bytes=-1000' }, { path: path.join(directory, 'absent.log') });
    expect([range.status, range.header('content-range')]).toEqual([416, 'bytes */0']);
  });

  it('lets a final log be kept and checked, and a live one not', async () => {
    const live = await ask({ 'if-range': '"700000"', range: 'bytes=0-9' });
    expect([live.status, live.header('etag')]).toEqual([200, null]);
    await live.response.body?.cancel();
    const final = await ask({ 'if-range': '"700000"', range: 'bytes=0-9' }, { final: true });
    expect([final.status, final.header('etag')]).toEqual([206, '"700000"']);
    await final.response.body?.cancel();
    expect((await ask({ 'if-none-match': '"700000"' }, { final: true })).status).toBe(304);
    expect(await openFiles()).toEqual([]);
  });

  it('reads only as fast as the client takes it, and closes the file when the client leaves', async () => {
    const { response } = await ask();
    const reader = response.body!.getReader();
    expect((await reader.read()).value!.length).toBe(256 * 1024);
    expect(await openFiles()).toHaveLength(1);
    await reader.cancel();
    expect(await openFiles()).toEqual([]);
  });
});
