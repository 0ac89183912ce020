import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectionNotice } from '@/components/frame/connection-notice';
import { errorSentence } from '@/components/trpc/error-kind';
import { reachOf, ServerReachProvider, type ServerReach } from '@/components/trpc/server-reach';
import { Button } from '@/components/ui/button';

afterEach(() => vi.unstubAllGlobals());

const drawn = (reach: ServerReach, what: ReactNode) => renderToStaticMarkup(<ServerReachProvider reach={reach}>{what}</ServerReachProvider>);

describe('whether the server can be reached', () => {
  it.each([
    [{ connection: 'live', online: true, isLate: false }, 'there'],
    [{ connection: 'lost', online: true, isLate: false }, 'there'],
    [{ connection: 'lost', online: true, isLate: true }, 'away'],
    [{ connection: 'connecting', online: true, isLate: false }, 'there'],
    [{ connection: 'connecting', online: true, isLate: true }, 'away'],
    [{ connection: 'live', online: false, isLate: false }, 'offline'],
    [{ connection: 'lost', online: false, isLate: true }, 'offline'],
    [{ connection: 'signed-out', online: false, isLate: true }, 'signed-out'],
  ] as const)('is known by the news and the browser: %j', (given, reach) => {
    expect(reachOf(given)).toBe(reach);
  });

  it.each([
    ['offline', 'This browser is offline. Nothing is lost'],
    ['away', 'The server does not answer. Nothing is lost'],
    ['signed-out', 'You have been signed out'],
  ] as const)('is said above the page, and not while it can: %s', (reach, words) => {
    expect(drawn(reach, <ConnectionNotice />)).toContain(words);
    expect(drawn('there', <ConnectionNotice />)).toBe('');
  });

  it('is said by the buttons that ask it for something, which may be pressed all the same', () => {
    const ask = <Button busy={false}>Stop</Button>;
    expect(drawn('away', ask)).toContain('title="The server does not answer. It works again when it does."');
    expect(drawn('away', ask)).not.toContain('disabled=');
    expect(drawn('there', ask)).not.toContain('title=');
    expect(drawn('away', <Button>Cancel</Button>)).not.toContain('title=');
  });

  it('is what an error without an answer speaks of', () => {
    expect(errorSentence(new TypeError('Failed to fetch'))).toMatch(/^The server does not answer\./);
    vi.stubGlobal('navigator', { onLine: false });
    expect(errorSentence(new TypeError('Failed to fetch'))).toMatch(/^This browser is offline\./);
  });
});
