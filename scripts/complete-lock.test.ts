import { expect, it } from 'vitest';
import { addMissingPlatformPackages, platformOf } from './complete-lock.mjs';

it.each([
  ['@next/swc-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  ['@next/swc-win32-arm64-msvc', { os: ['win32'], cpu: ['arm64'] }],
  ['@oxlint/binding-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
  ['@oxc-parser/binding-android-arm-eabi', { os: ['android'], cpu: ['arm'] }],
  ['@tailwindcss/oxide-wasm32-wasi', { cpu: ['wasm32'] }],
  ['cpu-features', null],
])('reads from the name %s where the package runs', (name, platform) => {
  expect(platformOf(name)).toEqual(platform);
});

it('adds what is missing, once, and leaves what is there alone', () => {
  const packages: Record<string, Record<string, unknown>> = {
    'node_modules/next': { optionalDependencies: { '@next/swc-linux-x64-gnu': '16.4.6', '@next/swc-darwin-arm64': '16.4.6', sharp: '^0.34.0' } },
    'node_modules/@next/swc-linux-x64-gnu': { version: '16.4.6' },
    'node_modules/a/node_modules/b': { dev: true, optionalDependencies: { '@next/swc-darwin-arm64': '16.4.6', 'c-win32-x64': '^1.2.3' } },
  };
  expect(addMissingPlatformPackages(packages)).toEqual(['@next/swc-darwin-arm64', 'c-win32-x64']);
  expect(packages['node_modules/c-win32-x64']).toEqual({ version: '1.2.3', os: ['win32'], cpu: ['x64'], optional: true, dev: true });
  expect(addMissingPlatformPackages(packages)).toEqual([]);
});
