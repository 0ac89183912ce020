import { setTimeout as sleep } from 'node:timers/promises';
import { BOOTH_HOME, type Booth } from '@/server/connections/claude/booth/booth';
import { TerminalScreen } from '@/server/connections/claude/booth/terminal-screen';
import type { Terminal } from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

/** On a terminal of the usual width the CLI breaks the address into lines, and a part of it is lost. */
const WIDE = `system('stty', 'cols', '1000', 'rows', '50'); exec @ARGV or die;`;

/** A person is sent nowhere else. */
const APPROVAL_HOST = /(?:^|\.)(?:claude\.ai|claude\.com|anthropic\.com)$/;

const URL_MS = 45_000;
const TOKEN_MS = 45_000;
/** A line end in the same breath counts as part of what was pasted, and nothing is sent. */
const BEFORE_ENTER_MS = 300;

/** What the CLI made of a code: a token, or a sentence that says why not. */
export type CodeResult = { token: string } | { problem: string };

/** The unmodified CLI's own `setup-token`, as a person would use it at a terminal. */
export class SetupToken {
  readonly #terminal: Terminal;
  readonly #screen: TerminalScreen;
  readonly #signal: AbortSignal;

  private constructor(terminal: Terminal, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#screen = new TerminalScreen(terminal);
    this.#signal = signal;
  }

  static async open({ engine, containerId }: Booth, signal: AbortSignal): Promise<SetupToken> {
    // A browser that opens nothing: the address is for the person's own.
    const env = { TERM: 'xterm-256color', BROWSER: 'true', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', CLAUDE_CONFIG_DIR: `${BOOTH_HOME}/claude-login` };
    return new SetupToken(await engine.openTerminal(containerId, { argv: ['perl', '-e', WIDE, 'claude', 'setup-token'], env, cwd: BOOTH_HOME }, signal), signal);
  }

  /** Where the person approves. Throws `unavailable` with what the CLI said when it gives no address. */
  async url(): Promise<string> {
    const url = await this.#screen.until(findUrl, URL_MS, this.#signal);
    if (url) return url;
    throw new AnyonError('unavailable', `The Claude CLI ended before it gave an address${quoteEnd(this.#screen.text)}. Start again.`);
  }

  /** Types the code as a person pastes it. */
  async enter(code: string): Promise<CodeResult> {
    this.#screen.forget();
    await this.#terminal.write(code);
    await sleep(BEFORE_ENTER_MS, undefined, { signal: this.#signal });
    await this.#terminal.write('\r');
    const result = await this.#screen.until(findResult, TOKEN_MS, this.#signal);
    if (result && 'token' in result) return result;
    const said = result ? result.problem : `The Claude CLI ended without a token${quoteEnd(this.#screen.text)}`;
    return { problem: createMasker(secretNeedles([code])).maskText(said) };
  }

  /** Ends the CLI as well. */
  close(): void {
    void this.#terminal.write('\x03').catch(() => {}).finally(() => this.#terminal.close());
  }
}

/** Only once it is complete: what follows it has arrived too. */
export function findUrl(text: string): string | null {
  const url = URL.parse(/https:\/\/\S+\/oauth\/authorize\?\S+(?=\s)/.exec(text)?.[0] ?? '');
  const isWhole = url !== null && APPROVAL_HOST.test(url.hostname) && url.searchParams.has('state');
  return isWhole && /paste\s*code/i.test(text) ? url.href : null;
}

export function findResult(text: string): CodeResult | null {
  const token = /sk-ant-oat01-[A-Za-z0-9_-]{40,}(?=\s)/.exec(text)?.[0];
  if (token) return { token };
  const problem = /(?:OAuth error|Invalid code)[^\n]*(?=\n)/i.exec(text)?.[0];
  return problem ? { problem: tidy(problem).replace(/^OAuth error:\s*/i, '').replace(/\.+$/, '') } : null;
}

function quoteEnd(text: string): string {
  const end = createMasker([]).maskText(tidy(text.trim().split('\n').slice(-3).join(' ')));
  return end === '' ? '' : `. It said: ${end}`;
}

function tidy(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 300);
}
