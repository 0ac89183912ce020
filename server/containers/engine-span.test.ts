import { expect, it } from 'vitest';
import { engineSpan } from '@/server/containers/engine-span';

const socket = { text: 'unix:///run/docker.sock', socketPath: '/run/docker.sock' };
const id = 'ab'.repeat(32);

it.each([
  ['/containers/create', '/containers/create'],
  ['/containers/json', '/containers/json'],
  [`/containers/${id}/exec`, '/containers/{id}/exec'],
  ['/containers/somebody-s-name', '/containers/{id}'],
  [`/exec/${id}/start`, '/exec/{id}/start'],
  ['/networks/create', '/networks/create'],
  ['/networks/a-name/connect', '/networks/{id}/connect'],
  ['/images/registry.example.com/secret/project:v1/json', '/images/{name}/json'],
  ['/info', '/info'],
])('%s is told as %s', (path, template) => {
  const { name, options } = engineSpan('GET', path, socket);
  expect(name).toBe(`GET ${template}`);
  expect(options.facts).toMatchObject({ 'url.template': template, 'server.address': '/run/docker.sock' });
});

it('names the container by its id, and by nothing else', () => {
  expect(engineSpan('POST', `/containers/${id}/start`, socket).options.facts).toMatchObject({ 'container.id': id });
  expect(engineSpan('POST', '/containers/a-name/start', socket).options.facts).not.toHaveProperty('container.id');
});
