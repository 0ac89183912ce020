import { describe, expect, it } from 'vitest';
import { billOfMaterials, packageUrl } from './bill-of-materials.mjs';
import { debianPackages, lockPackages, npmPackages } from './packages-of-image.mjs';

const image = { name: 'anyon', digest: 'sha256:ab', tag: 'v1.2.3' };
const moment = new Date('2026-01-02T03:04:05Z');

describe('the packages of an image', () => {
  it('are read from what dpkg prints', () => {
    const listing = 'libssl3\t3.0.17-1\tamd64\topenssl\ngit\t1:2.39.5\tamd64\tgit\n\nhalf\t\t\t\n';
    expect(debianPackages(listing, 'debian-12')).toEqual([
      { kind: 'deb', name: 'libssl3', version: '3.0.17-1', architecture: 'amd64', source: 'openssl', distro: 'debian-12' },
      { kind: 'deb', name: 'git', version: '1:2.39.5', architecture: 'amd64', source: 'git', distro: 'debian-12' },
    ]);
  });

  it('name each version of an npm package once', () => {
    const found = [{ name: 'a', version: '1.0.0', place: '/x/a' }, { name: 'a', version: '1.0.0', place: '/y/a' }, { name: 'a', version: '2.0.0', place: '/z/a', licenses: 'MIT' }];
    expect(npmPackages(found).map(({ version, place }) => `${version} ${place}`)).toEqual(['1.0.0 /x/a', '2.0.0 /z/a']);
  });

  it('are those of the lock file where a bundle hides them, without tools and other platforms', () => {
    const packages = { '': { version: '0.1.0' }, 'node_modules/zod': { version: '4.0.0', license: 'MIT' }, 'node_modules/a/node_modules/@s/b': { version: '1.0.0' }, 'node_modules/tool': { version: '1.0.0', dev: true }, 'node_modules/mac': { version: '1.0.0', os: ['darwin'] } };
    expect(lockPackages(packages, { os: 'linux', cpu: 'x64' }).map(({ name, version }) => `${name}@${version}`)).toEqual(['zod@4.0.0', '@s/b@1.0.0']);
  });
});

describe('addresses of packages', () => {
  it.each([
    [{ kind: 'deb', name: 'libssl3', version: '3.0.17-1', architecture: 'amd64', source: 'openssl', distro: 'debian-12' } as const, 'pkg:deb/debian/libssl3@3.0.17-1?arch=amd64&distro=debian-12&upstream=openssl'],
    [{ kind: 'npm', name: '@scope/name', version: '1.2.3' } as const, 'pkg:npm/%40scope/name@1.2.3'],
    [{ kind: 'npm', name: 'zod', version: '4.6.7' } as const, 'pkg:npm/zod@4.6.7'],
    [{ kind: 'generic', name: 'node', version: '24.0.0' } as const, 'pkg:generic/node@24.0.0'],
  ])('of %o', (one, address) => {
    expect(packageUrl(one)).toBe(address);
  });
});

it('a bill of materials is CycloneDX, and the same for the same packages in any order', () => {
  const packages = [
    { kind: 'npm', name: '@scope/name', version: '1.2.3', licenses: 'MIT', place: '/app/node_modules/@scope/name' } as const,
    { kind: 'npm', name: 'two', version: '1.0.0', licenses: '(MIT OR Apache-2.0)' } as const,
    { kind: 'npm', name: 'own', version: '1.0.0', licenses: 'SEE LICENSE IN LICENSE.md' } as const,
  ];
  const text = billOfMaterials(image, packages, moment);
  expect(billOfMaterials(image, packages.toReversed(), moment)).toBe(text);
  const bom = JSON.parse(text);
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { timestamp: moment.toISOString(), component: { type: 'container', name: 'anyon', version: 'sha256:ab' } } });
  const license = (name: string) => bom.components.find((one: { name: string }) => one.name === name).licenses;
  expect([license('name'), license('two'), license('own')]).toEqual([[{ license: { id: 'MIT' } }], [{ expression: '(MIT OR Apache-2.0)' }], [{ license: { name: 'SEE LICENSE IN LICENSE.md' } }]]);
  expect(bom.components.find((one: { name: string }) => one.name === 'name')).toMatchObject({ group: '@scope', purl: 'pkg:npm/%40scope/name@1.2.3' });
  expect(bom.dependencies.find((one: { ref: string }) => one.ref === 'image').dependsOn).toHaveLength(3);
});
