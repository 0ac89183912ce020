import fs from 'node:fs';
import path from 'node:path';

/** The Debian release of the runtime image. */
export const SUITE = 'bookworm';

/**
 * Debian package sources of this machine, turned into lines for bookworm, so that the project names no host. `root` is where
 * the apt configuration lies. Sources of other vendors (suites that are not Debian's) are left out; empty when nothing is left.
 * @returns {string[]} e.g. `deb http://mirror.example/debian bookworm main`
 */
export function debianSources(root = '/etc/apt') {
  const entries = sourceFiles(root).flatMap((file) => {
    const text = fs.readFileSync(file, 'utf8');
    return file.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text);
  });
  const lines = entries.map((entry) => bookwormLine(entry)).filter((line) => line !== null);
  return [...new Set(lines)];
}

/** One line of a classic sources.list file per entry. */
export function parseOneLine(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+?)\s*(?:#.*)?$/.exec(line);
    if (!match) return [];
    const [, uri, suite, components] = match;
    return [{ uri, suite, components: components.split(/\s+/) }];
  });
}

/** Stanzas of a `.sources` file (deb822, sources.list(5)); disabled ones and pure source packages are left out. */
export function parseDeb822(text) {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = readFields(stanza);
    if (!fields.types?.split(/\s+/).includes('deb') || /^(no|false|without|off|disable)$/i.test(fields.enabled ?? 'yes')) return [];
    const components = (fields.components ?? '').split(/\s+/).filter(Boolean);
    const uris = (fields.uris ?? '').split(/\s+/).filter(Boolean);
    const suites = (fields.suites ?? '').split(/\s+/).filter(Boolean);
    return uris.flatMap((uri) => suites.map((suite) => ({ uri, suite, components })));
  });
}

function readFields(stanza) {
  const fields = {};
  let last = '';
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#')) continue;
    const start = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
    if (start) fields[(last = start[1].toLowerCase())] = start[2].trim();
    else if (last && /^\s+\S/.test(line)) fields[last] = `${fields[last]} ${line.trim()}`.trim();
  }
  return fields;
}

/** Debian's suites are `<release>`, `<release>-updates`, `<release>-security` with the component main. */
function bookwormLine({ uri, suite, components }) {
  const match = /^(?:bullseye|bookworm|trixie|forky|sid|stable|testing|unstable)(-updates|-security|\/updates)?$/.exec(suite);
  if (!match || !components.includes('main') || !/^(https?|file|copy|cdrom|mirror\+\S+):/.test(uri) || uri.startsWith('cdrom:')) return null;
  const kind = match[1] === '/updates' ? '-security' : (match[1] ?? '');
  return `deb ${uri} ${SUITE}${kind} main`;
}

function sourceFiles(root) {
  const parts = path.join(root, 'sources.list.d');
  const names = fs.existsSync(parts) ? fs.readdirSync(parts).filter((name) => /\.(list|sources)$/.test(name)).sort() : [];
  const classic = path.join(root, 'sources.list');
  return [...(fs.existsSync(classic) ? [classic] : []), ...names.map((name) => path.join(parts, name))];
}
