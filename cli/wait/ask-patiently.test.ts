import { describe, expect, it } from 'vitest';
import { CliError } from '@/cli/cli-error';
import { askPatiently } from '@/cli/wait/ask-patiently';

/** Fails with these in their order, then answers. */
function failing(...errors: Error[]): () => Promise<string> {
  return () => {
    const error = errors.shift();
    return error ? Promise.reject(error) : Promise.resolve('there');
  };
}
const away = new CliError('unavailable', 'Nobody.');

describe('who waits for something', () => {
  it('asks again while Anyon is away, and not when it refuses', async () => {
    expect(await askPatiently(failing(away, away), { pauseMs: 1 })).toBe('there');
    await expect(askPatiently(failing(away, new CliError('not_found', 'None.')), { pauseMs: 1 })).rejects.toThrow('None.');
  });

  it('gives up in the end, and at once when the person leaves', async () => {
    await expect(askPatiently(() => Promise.reject(away), { pauseMs: 1, patienceMs: 20 })).rejects.toThrow('Nobody.');
    const leave = new AbortController();
    const asked = askPatiently(() => Promise.reject(away), { signal: leave.signal, pauseMs: 60_000 });
    leave.abort();
    await expect(asked).rejects.toThrow();
  });
});
