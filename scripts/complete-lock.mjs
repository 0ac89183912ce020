// `npm run lock:complete`, to be run after every `npm install`. Some registry mirrors answer 404 for packages of other platforms;
// npm then leaves them out of package-lock.json without a word, and `npm ci` refuses the file ("Missing: … from lock file"). This
// adds the missing entries again: version, os, cpu and libc from the package's name; no integrity, since it cannot be known here.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
const EXACT_VERSION = /^[~^]?(\d+\.\d+\.\d+\S*)$/;

/** Adds the missing optional platform packages to `packages` (the lock file's, version 3) and returns their names. */
export function addMissingPlatformPackages(packages) {
  const added = [];
  for (const [location, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const version = EXACT_VERSION.exec(range)?.[1];
      const platform = platformOf(name);
      if (!version || !platform || isResolved(packages, location, name)) continue;
      packages[`node_modules/${name}`] = { version, ...platform, optional: true, ...(entry.dev && { dev: true }) };
      added.push(name);
    }
  }
  return added;
}

/** What a package's name says about where it runs (`@next/swc-linux-x64-musl`); null when it says nothing. */
export function platformOf(name) {
  const words = name.replace(/^@/, '').split(/[-/]/).map((word) => (/^arm(v\d.*)?$|^(gnu|musl)?eabi/.test(word) && word !== 'arm64' ? 'arm' : word));
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  if (os.length === 0 && cpu !== 'wasm32') return null;
  const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : null;
  return { ...(cpu && { cpu: [cpu] }), ...(libc && { libc }), ...(os.length > 0 && { os }) };
}

/** Looks upward through the node_modules folders, as Node does. */
function isResolved(packages, location, name) {
  for (let base = location; ; ) {
    if (packages[`${base ? `${base}/` : ''}node_modules/${name}`]) return true;
    if (!base) return false;
    const up = base.lastIndexOf('/node_modules/');
    base = up < 0 ? '' : base.slice(0, up);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const lock = JSON.parse(fs.readFileSync(file, 'utf8'));
  const added = addMissingPlatformPackages(lock.packages);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (added.length > 0) fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${added.length} platform packages added${added.length > 0 ? ` (${added.join(', ')})` : ''}\n`);
}
