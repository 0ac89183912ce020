import fs from 'node:fs';
import { SetupFailure } from './failure.mjs';
import { inProject } from './project.mjs';

/**
 * postgres 3.4.9 writes small statements a tick later. When the connection is closed in that tick it writes to nothing, which ends the process; and
 * a connection that lost its tick in that way never sends again, so its queries wait for ever, as does what is sent between the error of a connection and its end. Reported as porsager/postgres#1208; to be dropped with the first release
 * that has a guard of its own, which the failure below tells.
 */
const POSTGRES = {
  version: '3.4.9',
  files: ['src/connection.js', 'cjs/src/connection.js'],
  changes: [
    {
      from: '  function nextWrite(fn) {\n    const x = socket.write(chunk, fn)\n',
      to: "  function nextWrite(fn) {\n    if (socket === null) {\n      forgetWrite()\n      error(Errors.connection('CONNECTION_CLOSED', options, socket))\n      return false\n    }\n    const x = socket.write(chunk, fn)\n",
    },
    { from: '  function connectTimedOut() {\n', to: '  function forgetWrite() {\n    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n  }\n\n  function connectTimedOut() {\n' },
    { from: "      error(Errors.connection('CONNECTION_DESTROYED', options))\n\n    clearImmediate(nextWriteTimer)\n", to: "      error(Errors.connection('CONNECTION_DESTROYED', options))\n\n    forgetWrite()\n" },
    // What was sent between the error of a connection and its end belongs to those who are told, too.
    { from: '    !hadError && (query || sent.length) && error(', to: '    ;(query || sent.length) && error(' },
    { from: '    incomings = null\n    clearImmediate(nextWriteTimer)\n', to: '    incomings = null\n    forgetWrite()\n' },
  ],
};

/** Puts right, in node_modules, what a package has wrong and its maintainers have not released yet. Safe to repeat. Throws when a package is another one than the change was made for. */
export function mendPackages() {
  const folder = inProject('node_modules/postgres');
  const { version } = JSON.parse(fs.readFileSync(`${folder}/package.json`, 'utf8'));
  for (const name of POSTGRES.files) {
    const file = `${folder}/${name}`;
    const text = fs.readFileSync(file, 'utf8');
    if (POSTGRES.changes.every(({ to }) => text.includes(to))) continue;
    const fits = version === POSTGRES.version && POSTGRES.changes.every(({ from }) => text.split(from).length === 2);
    if (!fits) {
      throw new SetupFailure(`The change to postgres in scripts/setup/mended-packages.mjs was made for ${POSTGRES.version}, and does not fit ${version}.`, 'See whether this release writes to a closed connection still: tests/integration/cut-connections.test.ts tells. Then take the change out or make it anew.');
    }
    // A new file in its place: with a shared store the old one may belong to other projects as well.
    fs.writeFileSync(`${file}.new`, POSTGRES.changes.reduce((all, { from, to }) => all.replace(from, () => to), text));
    fs.renameSync(`${file}.new`, file);
  }
}
