import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { debianSources, parseDeb822, parseOneLine } from './apt-sources.mjs';

it('reads classic lines with options and comments, and leaves source packages out', () => {
  const text = '# deb http://old.example/debian bookworm main\ndeb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main contrib # here\ndeb-src http://a.example/debian bookworm main\n';
  expect(parseOneLine(text)).toEqual([{ uri: 'http://a.example/debian', suite: 'bookworm', components: ['main', 'contrib'] }]);
});

it('reads deb822 stanzas, several suites at once, and leaves disabled ones out', () => {
  const text = 'Types: deb deb-src\n# a comment\nURIs: http://a.example/debian\nSuites: bookworm\n bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\nEnabled: no\nTypes: deb\nURIs: http://b.example/debian\nSuites: bookworm\nComponents: main\n';
  expect(parseDeb822(text)).toEqual([
    { uri: 'http://a.example/debian', suite: 'bookworm', components: ['main'] },
    { uri: 'http://a.example/debian', suite: 'bookworm-updates', components: ['main'] },
  ]);
});

it('turns the sources of any Debian into bookworm lines, once each, and ignores other vendors', () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'anyon-apt-'));
  try {
    mkdirSync(path.join(root, 'sources.list.d'));
    writeFileSync(path.join(root, 'sources.list'), 'deb http://a.example/debian trixie main\ndeb http://a.example/debian trixie main\ndeb http://a.example/security trixie-security main\n');
    writeFileSync(path.join(root, 'sources.list.d/vendor.list'), 'deb https://vendor.example/apt cloud-sdk-bookworm main\ndeb https://vendor.example/node nodistro main\n');
    writeFileSync(path.join(root, 'sources.list.d/old.list.save'), 'deb http://b.example/debian bookworm main\n');
    expect(debianSources(root)).toEqual(['deb http://a.example/debian bookworm main', 'deb http://a.example/security bookworm-security main']);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
