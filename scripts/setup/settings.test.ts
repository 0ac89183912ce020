import { expect, it } from 'vitest';
import { parseEnv } from '@/server/env';
import { readSettings } from './settings.mjs';

const uid = process.getuid?.() ?? -1;

it.each([
  {},
  { ANYON_DATA_DIR: '/srv/anyon', ANYON_PORT: '8080', ANYON_INSTANCE: 'two' },
  { ANYON_DEPLOYMENT_MODE: 'cloud' },
  { ANYON_DEPLOYMENT_MODE: 'cloud', ANYON_CLOUD_BASE_DIR: '/mnt/anyon' },
  { ANYON_DATA_DIR: '', ANYON_PORT: '', ANYON_URL: 'https://anyon.example/' },
  { XDG_CONFIG_HOME: '/tmp/config' },
])('agrees with the product about %o', (environment) => {
  const settings = readSettings(environment, uid);
  const env = parseEnv(environment);
  expect(settings).toMatchObject({
    dataDir: env.dataDir,
    host: env.ANYON_HOST,
    port: env.ANYON_PORT,
    instance: env.ANYON_INSTANCE,
    image: env.ANYON_CLOUD_IMAGE,
    minFreeBytes: env.ANYON_MIN_FREE_BYTES,
    publicUrl: env.publicUrl,
  });
});

it.each([{ ANYON_PORT: '0' }, { ANYON_PORT: '65536' }, { ANYON_PORT: 'http' }, { ANYON_DATA_DIR: 'relative' }, { ANYON_MIN_FREE_BYTES: '-1' }])('refuses %o with a sentence', (environment) => {
  expect(() => readSettings(environment, uid)).toThrow(/must be/);
});

it('makes containers run as the user of this process unless that is root', () => {
  expect(readSettings({}, 1234).containerUid).toBe(1234);
  expect(readSettings({}, 0).containerUid).toBe(1000);
});
