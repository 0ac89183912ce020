import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from '../setup/docker-engine.mjs';
import { inProject } from '../setup/project.mjs';

const LIVE_MS = 120_000;

/** A workspace's image: its CLI is the pinned one, its programs are there, nobody is root and nothing makes one so. */
export async function smokeTestRuntime(settings, image) {
  const pinned = /^ARG CLAUDE_CODE_VERSION=(\S+)$/m.exec(fs.readFileSync(inProject('docker/claude-code/Dockerfile'), 'utf8'))?.[1] ?? '';
  const wanted = settings.claudeCodeVersion || pinned;
  const version = await inside(settings, image, 'claude', ['--version']);
  if (version !== `${wanted} (Claude Code)`) throw new Error(`\`claude --version\` says "${version}" instead of "${wanted} (Claude Code)".`);
  for (const program of ['git', 'gh', 'node', 'npm']) await inside(settings, image, program, ['--version']);
  if ((await inside(settings, image, 'id', ['-u'])) === '0') throw new Error('It runs as root.');
  const lifted = await inside(settings, image, 'find', ['/', '-xdev', '-type', 'f', '-perm', '/6000'], ['--user', '0:0']);
  if (lifted !== '') throw new Error(`Programs that change who runs them: ${lifted.replaceAll('\n', ', ')}.`);
  return version;
}

/** Anyon itself: the web process comes up without database and engine and says that it lives; nobody is root; no tool and no secret is left inside. */
export async function smokeTestApp(settings, image) {
  if ((await inside(settings, image, 'id', ['-u'])) === '0') throw new Error('It runs as root.');
  const name = `anyon-smoke-${randomBytes(4).toString('hex')}`;
  const environment = { ANYON_DEPLOYMENT_MODE: 'local', ANYON_SECRET_KEY: randomBytes(32).toString('hex'), AUTH_SECRET: randomBytes(32).toString('hex'), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', HOSTNAME: '127.0.0.1', PORT: '3000' };
  const given = Object.keys(environment).flatMap((variable) => ['--env', variable]);
  const started = await docker(settings, ['run', '--detach', '--name', name, '--network', 'none', '--cap-drop', 'ALL', ...given, image, 'node', '/anyon/dist/web/server.js'], { env: environment });
  if (started.code !== 0) throw new Error(`It does not start: ${started.stderr.trim()}`);
  try {
    return await untilLive(settings, name);
  } finally {
    await docker(settings, ['rm', '--force', '--volumes', name]);
  }
}

async function untilLive(settings, name) {
  const ask = "fetch('http://127.0.0.1:3000/api/health?probe=live').then(async (answer) => { process.stdout.write(await answer.text()); process.exit(answer.ok ? 0 : 1); }, () => process.exit(2))";
  const began = performance.now();
  for (;;) {
    const answer = await docker(settings, ['exec', name, 'node', '-e', ask], { timeoutMs: 30_000 });
    if (answer.code === 0) return `/api/health says that it lives after ${((performance.now() - began) / 1000).toFixed(1)} s`;
    const state = await docker(settings, ['inspect', '--format', '{{.State.Running}}', name]);
    if (state.stdout.trim() !== 'true' || performance.now() - began > LIVE_MS) {
      const said = await docker(settings, ['logs', '--tail', '20', name]);
      throw new Error(`Its web process does not answer: ${answer.stdout}${said.stdout}${said.stderr}`.slice(0, 2_000));
    }
    await sleep(200);
  }
}

async function inside(settings, image, program, args, given = []) {
  const result = await docker(settings, ['run', '--rm', '--network', 'none', ...given, '--entrypoint', program, image, ...args], { timeoutMs: 120_000 });
  if (result.code !== 0) throw new Error(`\`${program} ${args.join(' ')}\` ended with ${result.code} in it: ${result.stderr.slice(-500)}`);
  return result.stdout.trim();
}
