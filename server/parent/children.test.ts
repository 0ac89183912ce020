import { expect, it } from 'vitest';
import { env, parseEnv } from '@/server/env';
import { childCommands } from '@/server/parent/children';
import { changeEnvironment } from '@/tests/setup/test-environment';

const surroundings = { databaseUrl: 'postgres://u:p@db:5432/anyon', authSecret: 'a-secret-of-sessions', secretKeys: { ANYON_SECRET_KEY: 'a-key-of-secrets', ANYON_SECRET_KEYS_BEFORE: undefined }, gateway: '172.17.0.1' };

it('the gateway of previews is where the others believe it to be, and judges people as they do, without a key', () => {
  changeEnvironment({ ANYON_PORT: '9000', ANYON_SIMULATOR_PORT: '9001', ANYON_EGRESS_PORT: '9002', ANYON_HOST: '0.0.0.0', ANYON_URL: 'https://anyon.example.com', ANYON_PREVIEW_URL: 'https://preview.example.com', ANYON_ALLOWED_GITHUB_IDS: '12, 34', DOCKER_HOST: 'unix:///run/some.sock', ANYON_DATA_DIR: '/srv/anyon', ANYON_SECRET_KEY: 'another-key' });
  const { preview, web, egress } = childCommands(surroundings);
  const theirs = parseEnv(preview.env);
  const named = ['previewPort', 'previewUrl', 'publicUrl', 'ANYON_HOST', 'ANYON_INSTANCE', 'ANYON_ALLOWED_GITHUB_IDS', 'DOCKER_HOST', 'dataDir', 'tempDir'] as const;
  for (const name of named) expect(theirs[name], name).toEqual(env()[name]);
  expect(theirs).toMatchObject({ previewPort: 9003, DATABASE_URL: surroundings.databaseUrl });
  expect(JSON.stringify(web.env)).toContain('a-secret-of-sessions');
  for (const { env: given } of [preview, egress]) expect(JSON.stringify(given)).not.toMatch(/a-secret-of-sessions|a-key-of-secrets|another-key/);
});

it('a simulator that the environment names is nobody’s child', () => {
  changeEnvironment({ ANYON_SIMULATOR_URL: undefined });
  expect(childCommands(surroundings).simulator?.argv.join(' ')).toContain('claude-simulator/server.mjs');
  changeEnvironment({ ANYON_SIMULATOR_URL: 'http://172.17.0.1:9100' });
  const { simulator, web } = childCommands(surroundings);
  expect(simulator).toBeUndefined();
  expect(web.env['ANYON_SIMULATOR_URL']).toBe('http://172.17.0.1:9100');
});

it('in development pages come out of the sources and debuggers are let in, and nowhere else', () => {
  const given = { ANYON_PORT: '3100', ANYON_HOST: '127.0.0.1', ANYON_INSPECT: '127.0.0.1:9229' };
  changeEnvironment({ ...given, NODE_ENV: 'development' });
  const { web, worker, egress } = childCommands(surroundings);
  expect(web.argv.slice(1)).toEqual(['dev', expect.any(String), '--hostname', '127.0.0.1', '--port', '3100', '--inspect=127.0.0.1:9229']);
  expect(web.env['NODE_ENV']).toBe('development');
  expect(worker.argv[0]).toBe('--inspect=127.0.0.1:9230');
  expect(JSON.stringify(egress)).not.toContain('inspect=');
  changeEnvironment({ ...given, NODE_ENV: 'production' });
  expect(JSON.stringify(Object.values(childCommands(surroundings)).map(({ argv }) => argv))).not.toMatch(/inspect|next\/dist/);
});
