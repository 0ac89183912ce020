import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { browserName } from '@/components/people/browser-name';
import { alertKinds } from '@/contract/alert';
import { variableNames } from '@/server/env';
import { isProgram, simpleCommands, wrongIn } from '@/tests/house/documented-command';
import { anchorsOf, boldOf, codeOf, documents, linksOf, parseDocument, readDocument, saidIn, type Document } from '@/tests/house/documents';
import { root } from '@/tests/house/house';
import { productWords, screenTexts, unsaid } from '@/tests/house/screen-words';

/** The documents are held to the product: what they tell people to type, open, set and press is there. */
const all = documents();
const isThere = (file: string): boolean => existsSync(path.join(root, file));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Where a link of a page leads: its file from the root, and the heading. */
function targetOf(document: Document, link: string): { file: string; anchor: string } {
  const [where = '', anchor = ''] = link.split('#');
  return { file: where === '' ? document.file : path.normalize(path.join(path.dirname(document.file), decodeURIComponent(where))), anchor };
}

function brokenLinks(document: Document): string[] {
  return linksOf(document).filter((link) => {
    if (/^(?:https?|mailto):/.test(link)) return false;
    const { file, anchor } = targetOf(document, link);
    if (!isThere(file)) return true;
    return anchor !== '' && !anchorsOf(readDocument(file)).includes(anchor);
  });
}

/** Lines of shell fences, and of what stands in backticks the calls of ours. */
function commandsIn(document: Document): string[] {
  const shell = document.fences.filter(({ language }) => ['sh', 'bash'].includes(language)).flatMap(({ lines }) => lines);
  const calls = codeOf(document).filter((line) => /^(?:npm run|npx vitest|make docker|node scripts\/|docker compose …|anyon-server|anyon (?!\S*$)) *\S/.test(line) && !/[|*]|…$| <\w+>$/.test(line));
  return [...shell, ...calls];
}

/** Commands in a fence that does not say that it is for a shell would be looked at by nobody. */
function unmarkedCommands({ fences }: Document): string[] {
  return fences.filter(({ language }) => language === '').flatMap(({ lines }) => lines.filter((line) => /^[^\s─►│]+(?: [^─►]*)?$/.test(line) && isProgram(simpleCommands(line)[0]?.[0] ?? '')));
}

/** Read by something else than server/env.ts: by whom. */
const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  ANYON_TOKEN: 'the program anyon',
  ANYON_SECRETS_DIR: 'what runs in a workspace',
  ANYON_OTLP_ENDPOINT: 'nobody: decision 37 says why there is none',
};

/** Folders that somebody makes who needs them. */
const MAY_BE_ABSENT = ['docker/postgres/ca', 'docker/.env.production'];

function unknownVariables({ text }: Document): string[] {
  const named = [...text.matchAll(/\b(?:ANYON|AUTH)_[A-Z0-9_]*[A-Z0-9]\b(?![_*])/g)].map(([name]) => name);
  const elsewhere = (name: string) => [...variableHomes].some((code) => new RegExp(`\\b${name}\\b`).test(code));
  return [...new Set(named)].filter((name) => !variableNames.includes(name as never) && !(name in OTHER_VARIABLES) && !elsewhere(name));
}

/** Set-up and development read some of their own; so do the tests and what builds images. */
const variableHomes = ['scripts', 'docker', 'tests', 'cli'].map((room) => readdirSync(path.join(root, room), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !/\.(?:md|png|svg|crt)$/.test(entry.name) && !entry.name.includes('documents'))
  .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8')).join('\n'));

describe.each(all.map((document) => [document.file, document] as const))('%s', (_, document) => {
  it('leads nowhere in vain', () => expect(brokenLinks(document)).toEqual([]));
  it('names files that are there', () => {
    const named = codeOf(document).filter((code) => /^(?:app|components|contract|server|db|docker|scripts|tests|docs|cli)\/[^\s*<>{}…$]+$/.test(code) && !MAY_BE_ABSENT.includes(code));
    expect(named.filter((file) => !isThere(file.replace(/:\d+$/, '')))).toEqual([]);
  });
  it('shows commands that there are', () => expect(commandsIn(document).flatMap(wrongIn)).toEqual([]));
  it('marks commands as such', () => expect(unmarkedCommands(document)).toEqual([]));
  it('names variables that something reads', () => expect(unknownVariables(document)).toEqual([]));
});

const guides = ['docs/USER-GUIDE.md', 'docs/QA-CHECKLIST.md', 'docs/RUNBOOK.md', 'docs/TROUBLESHOOTING.md'].map(readDocument);

/** Bold words that are no words of the screen: labels of the runbook, and what is a sentence. */
const LABELS = new Set(['You see', 'Do', 'Over when', 'Bold']);
const isEmphasis = (words: string): boolean => LABELS.has(words) || /[.:?]$/.test(words);

describe('the guides', () => {
  const texts = screenTexts();
  const words = productWords('app', 'components', 'contract', 'server', 'scripts', 'cli');

  it.each(guides.map((guide) => [guide.file, guide] as const))('%s calls what is on the screen by its name', (_, guide) => {
    const named = boldOf(guide).filter((bold) => !isEmphasis(bold));
    expect(named.length).toBeGreaterThan(15);
    expect([...new Set(named)].filter((bold) => !texts.has(bold))).toEqual([]);
  });

  it.each(guides.map((guide) => [guide.file, guide] as const))('%s has sentences as the product says them', (_, guide) => {
    expect(saidIn(guide).flatMap((sentence) => unsaid(sentence, words))).toEqual([]);
  });

  it('shows pictures that the script takes', () => {
    const shown = all.flatMap((document) => linksOf(document).filter((link) => link.endsWith('.png')).map((link) => path.basename(link, '.png')));
    const taken = new Set([...read('scripts/screenshots.mjs').matchAll(/take\('([\w-]+)'\)/g)].map(([, name = '']) => name));
    expect(shown.length).toBeGreaterThan(6);
    expect(shown.filter((name) => !taken.has(name))).toEqual([]);
  });
});

it('prompts for the simulator say what it understands', () => {
  const known = new Set([...read('docker/claude-simulator/README.md').matchAll(/^\| `([a-z-]+)[ `]/gm)].map(([, name = '']) => name));
  const said = all.flatMap(({ text }) => [...text.matchAll(/\[\[sim:([a-z-]+)/g)].map(([, name = '']) => name)).filter((name) => name !== 'name');
  expect(said.length).toBeGreaterThan(4);
  expect(said.filter((name) => !known.has(name))).toEqual([]);
});

describe('the runbook', () => {
  it('has one section for each kind of alert, and for no other', () => {
    const kinds = [...readDocument('docs/RUNBOOK.md').prose.matchAll(/^## .+ \(`(\w+)`\)$/gm)].map(([, kind = '']) => kind);
    expect(kinds.toSorted()).toEqual([...alertKinds].toSorted());
  });
});

describe('the page of security', () => {
  const pairs = [...read('docs/SECURITY.md').matchAll(/\b((?:(?:ISO|SEC|WEB|REL)-\d{2}(?:, )?)+) `([\w./-]+)`/g)].flatMap(([, ids = '', file = '']) => ids.split(', ').map((id) => [id, file] as const));
  it('has a proof for each defence', () => {
    const rows = read('docs/SECURITY.md').split('\n## What is defended')[1]?.split('\n## ')[0]?.match(/^\| (?!Threat|-).+\|$/gm)?.filter((row) => !row.startsWith('|---')) ?? [];
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => !/[A-Z]{3}-\d{2} `/.test(row))).toEqual([]);
  });
  it.each(pairs)('%s is proved in %s', (id, file) => expect(read(file)).toContain(id));
});

it('README leads to every document of docs/', () => {
  const linked = new Set(linksOf(readDocument('README.md')).map((link) => link.split('#')[0]));
  const pages = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  expect([...pages, 'CONTRIBUTING.md'].filter((page) => !linked.has(page))).toEqual([]);
});

it('the first change that CONTRIBUTING.md leads through is still to be made, at lines that are there', () => {
  const [row = '', line = ''] = readDocument('CONTRIBUTING.md').fences.filter(({ language }) => language === 'ts').map(({ lines }) => lines[0] ?? '');
  const agent = /'(Mozilla[^']+)'/.exec(row)?.[1] ?? '';
  expect(browserName(agent)).toBe('Chrome on Linux');
  expect(line).toMatch(/^\[\/.+\/, 'Vivaldi'\],$/);
  expect(read('components/people/browser-name.ts')).toMatch(/'Edge'\],\n/);
  expect(read('components/people/browser-name.test.ts')).toMatch(/\['Edge on /);
});

describe('what is wrong in a document', () => {
  const wrong = (line: string) => wrongIn(line).join();
  it.each([
    ['npm run uup', 'no script'],
    ['npm run reconcile -- --dry', 'does not know --dry'],
    ['npm run reconcile --dry-run', 'lacks the --'],
    ['FOO=1 sudo npm run nothing', 'no script'],
    ['node scripts/nothing.mjs', 'there is no'],
    ['make docker-dev-everything', 'no target'],
    ['anyon frob', 'no command frob'],
    ['anyon run x "y" --loud', 'does not know --loud'],
    ['anyon workspaces frob', 'no command frob'],
    ['docker compose … exec web anyon-server doctor', 'no service web'],
    ['docker compose … exec anyon anyon-server frob', 'no command frob'],
    ['npx vitest run --project units x', 'no project'],
    ['frobnicate', 'not classified'],
    ['curl -s http://localhost:3000/api/helth', 'there is no /api/helth'],
  ])('%s is found', (line, what) => expect(wrong(line)).toContain(what));

  it('leaves alone what is right', () => {
    for (const line of ['npm run reconcile -- --dry-run   # shows it', 'ANYON_PORT=3100 npm run up', 'anyon run x "y; z" --follow || exit 1', 'export A=1']) expect(wrongIn(line)).toEqual([]);
    expect(simpleCommands('a "b | c" && sudo d; e')).toEqual([['a', '"b | c"'], ['d'], ['e']]);
  });

  it('is a command that nobody would look at', () => {
    expect(unmarkedCommands(parseDocument('x.md', '```\nnpm run uup\nA=1 sudo docker ps\n```\n```\nclaude ─► out\nsome: yaml\n```\n'))).toEqual(['npm run uup', 'A=1 sudo docker ps']);
  });

  it('is found in links, headings, variables and words as well', () => {
    const page = parseDocument('docs/x.md', '# A `b` c, d\n[a](#a-b-c-d) [b](#nothing) [c](nothing.md) ANYON_NOTHING_AT_ALL **Frobnicate** “Nobody … ever said this”\n```sh\nnpm run a \\\n  -- b\n```\n');
    expect(anchorsOf(page)).toEqual(['a-b-c-d']);
    expect(linksOf(page)).toEqual(['#a-b-c-d', '#nothing', 'nothing.md']);
    expect(unknownVariables(page)).toEqual(['ANYON_NOTHING_AT_ALL']);
    expect(boldOf(page).filter((bold) => !screenTexts().has(bold))).toEqual(['Frobnicate']);
    expect(saidIn(page).flatMap((sentence) => unsaid(sentence, 'Nobody'))).toEqual(['ever said this']);
    expect(page.fences[0]?.lines[0]).toBe('npm run a -- b');
  });
});
