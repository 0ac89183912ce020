import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { billOfMaterials } from '@/scripts/pipeline/bill-of-materials.mjs';
import { packagesOfImage } from '@/scripts/pipeline/packages-of-image.mjs';
import { scanImage, signImage } from '@/scripts/pipeline/scan-image.mjs';
import { smokeTestRuntime } from '@/scripts/pipeline/smoke-tests.mjs';
import { NotDone } from '@/scripts/pipeline/steps.mjs';
import { readSettings } from '@/scripts/setup/settings.mjs';

const image = 'anyon-claude:latest';
const settings = readSettings({});

interface Bill {
  components: { name: string; group?: string; version: string; purl: string }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

describe('the image pipeline, with the runtime image', () => {
  let bill: Bill;
  let packages: Awaited<ReturnType<typeof packagesOfImage>>;

  beforeAll(async () => {
    packages = await packagesOfImage(settings, image);
    bill = JSON.parse(billOfMaterials({ name: 'anyon-claude', tag: 'latest', digest: 'sha256:0' }, packages, new Date()));
  });

  it('writes down everything that lies in it: Debian’s packages, npm’s and Node, each with the address by which scanners know it', () => {
    const found = (name: string) => bill.components.find((one) => one.name === name);
    expect(found('git')?.purl).toMatch(/^pkg:deb\/debian\/git@[^?]+\?arch=\w+&distro=debian-12$/);
    expect(found('libssl3')?.purl).toContain('upstream=openssl');
    expect(found('claude-code')).toMatchObject({ group: '@anthropic-ai', purl: expect.stringMatching(/^pkg:npm\/%40anthropic-ai\/claude-code@\d/) });
    expect(found('npm')?.purl).toMatch(/^pkg:npm\/npm@\d/);
    expect(found('node')?.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(packages.filter(({ kind }) => kind === 'deb').length).toBeGreaterThan(100);
    expect(bill.components).toHaveLength(packages.length);
    expect(bill.dependencies.find(({ ref }) => ref === 'image')?.dependsOn).toHaveLength(packages.length);
  });

  it('tells the pinned CLI from another one', async () => {
    expect(await smokeTestRuntime(settings, image)).toMatch(/^[\d.]+ \(Claude Code\)$/);
    await expect(smokeTestRuntime({ ...settings, claudeCodeVersion: '0.0.1' }, image)).rejects.toThrow('instead of "0.0.1 (Claude Code)"');
  });

  it('does not call scanned or signed what nothing here could scan or sign', async () => {
    const installed = (name: string) => ['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${name}`));
    if (!installed('trivy') && !installed('grype')) await expect(scanImage(settings, image)).rejects.toBeInstanceOf(NotDone);
    await expect(signImage('', '/nowhere')).rejects.toBeInstanceOf(NotDone);
  });
});
