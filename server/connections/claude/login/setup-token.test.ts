import { describe, expect, it } from 'vitest';
import { plainText } from '@/server/connections/claude/booth/terminal-screen';
import { findResult, findUrl } from '@/server/connections/claude/login/setup-token';

const ADDRESS = 'https://claude.com/cai/oauth/authorize?code=true&client_id=x&state=abc';
const TOKEN = `sk-ant-oat01-${'made-up'.repeat(10)}`;

describe('what stands on the terminal of setup-token', () => {
  it('is an address only when it is whole, leads to Claude, and the code can be typed', () => {
    const screen = `Use the url below to sign in:\n\n${ADDRESS}\n\nPaste code here if prompted >`;
    expect(findUrl(screen)).toBe(ADDRESS);
    for (let end = 0; end < screen.indexOf('Paste code'); end += 1) expect(findUrl(screen.slice(0, end))).toBeNull();
    expect(findUrl(screen.replace('&state=abc', ''))).toBeNull();
    for (const host of ['claude.com.evil.example', 'notclaude.com', 'evil.example']) expect(findUrl(screen.replace('claude.com', host))).toBeNull();
  });

  it('is a token only when it is whole', () => {
    expect(findResult(`Your OAuth token (valid for 1 year):\n${TOKEN}\nStore it`)).toEqual({ token: TOKEN });
    expect(findResult(`Your OAuth token (valid for 1 year):\n${TOKEN}`)).toBeNull();
  });

  it('is a problem in the words of the CLI', () => {
    expect(findResult('OAuth error: Invalid code. Please make sure the full code was copied.\nPress Enter')).toEqual({ problem: 'Invalid code. Please make sure the full code was copied' });
    expect(findResult('Paste code here if prompted > ****')).toBeNull();
  });

  it('is read without colours, links and movements of the cursor', () => {
    expect(plainText(`\x1b]8;;${ADDRESS}\x07\x1b[36m${ADDRESS}\x1b[39m\x1b]8;;\x1b\\\r\n\x1b[2K\x1b[1Gdone\x1b[?25h`)).toBe(`${ADDRESS}\ndone`);
  });
});
