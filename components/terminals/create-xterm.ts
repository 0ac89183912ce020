import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal, type ILinkProvider } from '@xterm/xterm';
import { terminalColors } from '@/components/terminals/terminal-colors';

export interface Xterm {
  terminal: Terminal;
  fit: FitAddon;
  search: SearchAddon;
}

interface XtermOptions {
  fontSize: number;
  screenReader: boolean;
  /** A link was clicked; it is opened by nobody yet. */
  onLink: (address: string) => void;
  /** Whether this page answers what a program asks of a terminal. */
  mayAnswer: () => boolean;
}

/** Draws a terminal into an element. What it prints changes neither the title nor the clipboard, and opens nothing. */
export function createXterm(element: HTMLElement, { fontSize, screenReader, onLink, mayAnswer }: XtermOptions): Xterm {
  const open = (address: string) => void (isWebAddress(address) && onLink(address));
  const terminal = new Terminal({
    fontSize,
    screenReaderMode: screenReader,
    fontFamily: getComputedStyle(element).fontFamily,
    theme: terminalColors(),
    scrollback: 5_000,
    cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    minimumContrastRatio: 4.5,
    linkHandler: { activate: (_event, address) => open(address) },
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.registerLinkProvider(addressesInText(terminal, open));
  answerOnlyWhen(terminal, mayAnswer);
  withNonce(() => terminal.open(element));
  return { terminal, fit, search };
}

function isWebAddress(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

/** The page's policy takes style elements with this page's nonce only, and the library makes some. */
function withNonce(make: () => void): void {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
  const create = document.createElement.bind(document);
  if (nonce) {
    document.createElement = ((name: string, options?: ElementCreationOptions) => {
      const made = create(name, options);
      if (name === 'style') made.nonce = nonce;
      return made;
    }) as typeof document.createElement;
  }
  try {
    make();
  } finally {
    if (nonce) delete (document as { createElement?: unknown }).createElement;
  }
}

/** Web addresses in a line of text. */
function addressesInText(terminal: Terminal, open: (address: string) => void): ILinkProvider {
  return {
    provideLinks(y, found) {
      const line = terminal.buffer.active.getLine(y - 1)?.translateToString(true) ?? '';
      const links = [...line.matchAll(/https?:\/\/[^\s"'<>`{}|\\^]{3,2000}[^\s"'<>`{}|\\^.,;:!?)\]]/g)].map(({ 0: text, index }) => ({
        text,
        range: { start: { x: index + 1, y }, end: { x: index + text.length, y } },
        activate: () => open(text),
      }));
      found(links.length > 0 ? links : undefined);
    },
  };
}

/**
 * Programs ask a terminal what it is and where its cursor stands, and the answer goes to them as if typed. What was asked in the past, and
 * what another page answers, is not answered here.
 */
function answerOnlyWhen(terminal: Terminal, mayAnswer: () => boolean): void {
  const silent = () => !mayAnswer();
  const { parser } = terminal;
  for (const prefix of ['', '>', '=', '?']) for (const final of ['c', 'n']) parser.registerCsiHandler({ ...(prefix && { prefix }), final }, silent);
  parser.registerCsiHandler({ prefix: '>', final: 'q' }, silent);
  for (const prefix of ['', '?']) parser.registerCsiHandler({ ...(prefix && { prefix }), intermediates: '$', final: 'p' }, silent);
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, silent);
  for (const number of [4, 10, 11, 12]) parser.registerOscHandler(number, (data) => data.includes('?') && silent());
}
