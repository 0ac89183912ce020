import { describe, expect, it } from 'vitest';
import { assertAllowedRequest } from '@/server/containers/docker-allow-list';

const id = 'a'.repeat(64);

describe('assertAllowedRequest', () => {
  it.each([
    ['GET', '/version'],
    ['GET', '/images/registry.example:5000/team/anyon-claude:latest/json'],
    ['POST', '/images/create'],
    ['GET', '/networks/anyon-network-1'],
    ['DELETE', `/containers/${id}`],
    ['POST', `/containers/${id}/wait`],
    ['POST', `/exec/${id}/start`],
    ['GET', '/events'],
  ])('lets %s %s through', (method, path) => {
    expect(() => assertAllowedRequest({ method, path })).not.toThrow();
  });

  it.each([
    ['GET', '/plugins'],
    ['POST', '/plugins/pull'],
    ['POST', '/swarm/init'],
    ['GET', '/services'],
    ['POST', '/services/create'],
    ['POST', '/commit'],
    ['POST', '/build'],
    ['POST', '/session'],
    ['POST', '/grpc'],
    ['POST', '/volumes/create'],
    ['GET', '/secrets'],
    ['POST', '/containers/prune'],
    ['POST', `/containers/${id}/attach`],
    ['GET', `/containers/${id}/attach/ws`],
    ['GET', `/containers/${id}/archive`],
    ['PUT', `/containers/${id}/archive`],
    ['GET', `/containers/${id}/export`],
    ['POST', `/containers/${id}/update`],
    ['DELETE', '/containers/'],
    ['DELETE', '/images/anyon-claude:latest'],
    ['POST', '/networks/x/connect'],
    ['GET', '/images/../containers/json/json'],
    ['GET', '/containers/x%2f../json'],
    ['POST', `/containers/${id}/start?x`],
    ['GET', '/v1.41/version'],
  ])('refuses %s %s', (method, path) => {
    expect(() => assertAllowedRequest({ method, path })).toThrow(/Anyon never asks Docker/);
  });

  it.each([[undefined], ['1000'], ['1000:1000']])('lets a command run as %s', (user) => {
    expect(() => assertAllowedRequest({ method: 'POST', path: `/containers/${id}/exec`, body: { Cmd: ['true'], ...(user && { User: user }) } })).not.toThrow();
  });

  it.each([
    [{ User: '0' }],
    [{ User: '0:0' }],
    [{ User: '1000:0' }],
    [{ User: 'root' }],
    [{ User: 'anyon' }],
    [{ User: '' }],
    [{ User: '00' }],
    [{ User: '-1' }],
    [{ User: '4294967296' }],
    [{ User: 0 }],
    [{ Privileged: true }],
    [{ AttachStdin: true }],
  ])('refuses a command with %j', (body) => {
    expect(() => assertAllowedRequest({ method: 'POST', path: `/containers/${id}/exec`, body: { Cmd: ['true'], ...body } })).toThrow(/unprivileged/);
  });

  it('refuses a container that does not carry the profile', () => {
    expect(() => assertAllowedRequest({ method: 'POST', path: '/containers/create', body: { Image: 'x' } })).toThrow(/refuses to create/);
    expect(() => assertAllowedRequest({ method: 'POST', path: '/containers/create' })).toThrow(/refuses to create/);
  });
});
