import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEnv, variableNames } from '@/server/env';
import { root } from '@/tests/house/house';

/** docs/CONFIGURATION.md says of every variable what it is; this holds it to server/env.ts and scripts/setup/settings.mjs. */
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const [settings = '', forBuilding = ''] = read('docs/CONFIGURATION.md').split('\n## For building\n');
const rowsOf = (text: string) => [...text.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (.+?) \| (.+?) \| (.+) \|$/gm)].map(([, name = '', usual = '', value = '', meaning = '']) => ({ name, usual, value, meaning }));
const rows = rowsOf(settings);

describe('E2 the page of settings', () => {
  it('has every variable that Anyon reads, once, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...variableNames].sort());
  });

  it('has every variable that only the set-up reads, and no other', () => {
    const known = new Set([...variableNames, 'XDG_CONFIG_HOME']);
    const ofSetUp = [...read('scripts/setup/settings.mjs').matchAll(/environment\.([A-Z][A-Z0-9_]+)/g)].map(([, name = '']) => name);
    expect(rowsOf(forBuilding).map(({ name }) => name).sort()).toEqual([...new Set(ofSetUp)].filter((name) => !known.has(name)).sort());
  });

  it.each(rows)('says of $name which value it has when nobody sets it, which values it takes, and what it means', ({ name, usual, value, meaning }) => {
    const actual = (parseEnv({ NODE_ENV: undefined }) as unknown as Record<string, unknown>)[name];
    const told = /^`([^`]+)`$/.exec(usual)?.[1];
    if (told !== undefined && !told.includes('<')) expect(String(actual)).toBe(told);
    else expect(['string', 'number'].includes(typeof actual) && actual !== '' && !computed.has(name) ? actual : '').toBe('');
    expect(value.length).toBeGreaterThan(1);
    expect(meaning).toMatch(/^.{10,}[.)]$/);
  });
});

/** Their usual value depends on the user that Anyon runs as. */
const computed = new Set(['ANYON_DOCKER_USER']);
