import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findDockerAddress } from '@/server/containers/docker-address';

it.each([
  ['unix:///run/user/1000/docker.sock', { text: 'unix:///run/user/1000/docker.sock', socketPath: '/run/user/1000/docker.sock' }],
  ['unix://', { text: 'unix:///var/run/docker.sock', socketPath: '/var/run/docker.sock' }],
  ['tcp://127.0.0.1:2375', { text: 'tcp://127.0.0.1:2375', host: '127.0.0.1', port: 2375 }],
  ['tcp://engine', { text: 'tcp://engine:2375', host: 'engine', port: 2375 }],
  ['http://engine:80/', { text: 'tcp://engine:80', host: 'engine', port: 80 }],
])('reads DOCKER_HOST=%s', (host, address) => {
  expect(findDockerAddress(host)).toEqual(address);
});

it.each(['ssh://me@engine', 'https://engine:2376', 'npipe:////./pipe/docker', 'unix://relative', 'engine', 'tcp://'])('refuses DOCKER_HOST=%s with the forms that work', (host) => {
  expect(() => findDockerAddress(host)).toThrow(/DOCKER_HOST must/);
});

it('takes the first usual socket that exists, and names the first when none does', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anyon-sockets-'));
  const [system, desktop] = [path.join(folder, 'docker.sock'), path.join(folder, 'desktop.sock')];
  const find = () => findDockerAddress(undefined, [system, desktop]);
  expect(find()).toEqual({ text: `unix://${system}`, socketPath: system });
  writeFileSync(desktop, '');
  expect(find()).toEqual({ text: `unix://${desktop}`, socketPath: desktop });
  writeFileSync(system, '');
  expect(find()).toEqual({ text: `unix://${system}`, socketPath: system });
  rmSync(folder, { recursive: true });
});
