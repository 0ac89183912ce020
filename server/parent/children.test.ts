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
