import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEnv } from '@/server/env';
import { root } from '@/tests/house/house';

const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-settings-'));
const socket = path.join(directory, 'docker.sock');
const listener = net.createServer();

beforeAll(() => new Promise<void>((resolve) => listener.listen(socket, resolve)));
afterAll(() => {
  listener.close();
  rmSync(directory, { recursive: true, force: true });
});

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const template = read('docker/.env.production.template');
const compose = read('docker/compose.yaml');
const namesIn = (text: string, pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))];

function newSettings(name: string, url = 'https://anyon.example.com'): Record<string, string> {
  const file = path.join(directory, name);
  execFileSync('sh', [path.join(root, 'docker/new-env.sh'), url, file], { env: { NODE_ENV: 'test', PATH: process.env['PATH'], DOCKER_SOCKET: socket }, stdio: 'pipe' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => /^[A-Z]/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

it('the template names only what Anyon or the compose file reads', () => {
  const known = [...namesIn(read('server/env.ts'), /^ {2}([A-Z][A-Z0-9_]+):/gm), ...namesIn(compose, /\$\{([A-Z0-9_]+)/g), 'COMPOSE_PROJECT_NAME', 'OTEL_EXPORTER_OTLP_HEADERS']; // the last is read by OpenTelemetry itself
  expect(known.length).toBeGreaterThan(40);
  expect(namesIn(template, /^#?([A-Z][A-Z0-9_]+)=/gm).filter((name) => !known.includes(name))).toEqual([]);
});

it('the template names everything that the compose file reads', () => {
  const ofCompose = namesIn(compose, /\$\{([A-Z0-9_]+)/g).filter((name) => name !== 'ANYON_ENV_FILE'); // that is the file itself
  expect(ofCompose.filter((name) => !new RegExp(`^#?${name}=`, 'm').test(template))).toEqual([]);
});

it('the keeper is told everything that decides about the firewall rules', () => {
  const [, list = ''] = /const SETTINGS = \[([^\]]*)\]/.exec(read('scripts/setup/firewall.mjs')) ?? [];
  const keeper = compose.slice(compose.indexOf('\n  keeper:'), compose.indexOf('\n  postgres:'));
  const settings = namesIn(list, /'([A-Z_]+)'/g).filter((name) => name !== 'DOCKER_HOST'); // the engine is the one whose socket is mounted
  expect(settings.length).toBeGreaterThan(3);
  for (const name of settings) expect(keeper, name).toMatch(new RegExp(`^ {6}${name}:`, 'm'));
});

it('new settings have keys of their own, satisfy Anyon, and are nobody else’s to read', () => {
  const [first, second] = [newSettings('first.env'), newSettings('second.env')];
  for (const name of ['ANYON_SECRET_KEY', 'AUTH_SECRET', 'ANYON_POSTGRES_PASSWORD']) {
    expect(first[name]?.length, name).toBeGreaterThanOrEqual(40);
    expect(first[name], name).not.toBe(second[name]);
    expect(first[name], name).not.toMatch(/[$'"\s]/);
  }
  expect(first).toMatchObject({ ANYON_URL: 'https://anyon.example.com', ANYON_DOCKER_GROUP: String(statSync(socket).gid), ANYON_ENV_FILE: path.join(directory, 'first.env') });
  expect(() => parseEnv({ ...first, ANYON_DEPLOYMENT_MODE: 'cloud', DATABASE_URL: `postgres://anyon:${first['ANYON_POSTGRES_PASSWORD']}@127.0.0.1:5433/anyon` })).not.toThrow();
});

it('settings that are there are never written over, and an address is asked for', () => {
  const { ANYON_SECRET_KEY } = newSettings('kept.env');
  expect(() => newSettings('kept.env')).toThrow(/holds the keys of an install/);
  expect(readFileSync(path.join(directory, 'kept.env'), 'utf8')).toContain(`ANYON_SECRET_KEY=${ANYON_SECRET_KEY}\n`);
  expect(() => newSettings('none.env', 'anyon.example.com')).toThrow(/Name the address/);
});
