import { describe, expect, it } from 'vitest';
import { assertAllowedRequest } from '@/server/containers/docker-allow-list';

const id = 'a'.repeat(64);

describe('ISO-06 assertAllowedRequest', () => {
  it.each([
    ['GET', '/version'],
    ['GET', '/images/registry.example:5000/team/anyon-claude:latest/json'],
    ['POST', '/images/create'],
    ['GET', '/networks'],
    ['GET', '/networks/anyon-network-1'],
    ['DELETE', `/containers/${id}`],
    ['POST', `/containers/${id}/wait`],
    ['POST', `/exec/${id}/start`],
    ['GET', '/events'],
    ['GET', '/info'],
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
    ['POST', '/containers/update'],
    ['GET', `/containers/${id}/update`],
    ['POST', '/info'],
    ['GET', '/system/df'],
    ['DELETE', '/containers/'],
    ['DELETE', '/images/anyon-claude:latest'],
    ['POST', '/networks/x/disconnect'],
    ['POST', '/networks/prune'],
    ['GET', '/networks/x/connect'],
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

  it('lets somebody type into a terminal', () => {
    expect(() => assertAllowedRequest({ method: 'POST', path: `/containers/${id}/exec`, body: { Cmd: ['true'], AttachStdin: true, Tty: true } })).not.toThrow();
  });

  it('lets bytes pass to a port and words to the wrapper, and nothing else without a terminal', () => {
    const dial = (...command: unknown[]) => () => assertAllowedRequest({ method: 'POST', path: `/containers/${id}/exec`, body: { Cmd: command, AttachStdin: true, Tty: false } });
    expect(dial('anyon-run', 'dial', '5173')).not.toThrow();
    expect(dial('anyon-run', 'attend')).not.toThrow();
    for (const command of [['anyon-run', 'start', '5173'], ['anyon-run', 'dial', '0'], ['anyon-run', 'dial', '5173', 'x'], ['sh', 'dial', '5173'], ['anyon-run', 'dial', '-1'], ['sh', 'attend'], ['anyon-run', 'attend', 'x'], ['anyon-run', 'secrets']]) expect(dial(...command)).toThrow(/unprivileged/);
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
    [{ AttachStdin: true, Tty: false }],
    [{ AttachStdin: true, Tty: true, User: '0' }],
  ])('refuses a command with %j', (body) => {
    expect(() => assertAllowedRequest({ method: 'POST', path: `/containers/${id}/exec`, body: { Cmd: ['true'], ...body } })).toThrow(/unprivileged/);
  });

  const limits = { Memory: 2 ** 28, MemorySwap: 2 ** 28, NanoCpus: 1e9, PidsLimit: 64 };
  const update = (body?: Record<string, unknown>) => () => assertAllowedRequest({ method: 'POST', path: `/containers/${id}/update`, ...(body && { body }) });

  it('lets limits be changed', () => {
    expect(update(limits)).not.toThrow();
  });

  it.each([
    [{ Memory: 0, MemorySwap: 0 }],
    [{ Memory: -1, MemorySwap: -1 }],
    [{ MemorySwap: -1 }],
    [{ MemorySwap: 2 ** 29 }],
    [{ NanoCpus: 0 }],
    [{ NanoCpus: 1.5 }],
    [{ PidsLimit: -1 }],
    [{ PidsLimit: undefined }],
    [{ RestartPolicy: { Name: 'always' } }],
    [{ Devices: [] }],
    [{ DeviceCgroupRules: ['a *:* rwm'] }],
    [{ CgroupParent: '/' }],
    [{ Privileged: true }],
    [{ OomKillDisable: true }],
    [{ KernelMemory: 1 }],
    [{ Ulimits: [] }],
  ])('refuses a change that has %j', (body) => {
    expect(update({ ...limits, ...body })).toThrow(/refuses to change/);
    expect(update()).toThrow(/refuses to change/);
  });

  const isolated = { Name: 'anyon-1', Driver: 'bridge', EnableIPv6: false, Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.name': 'ano1' }, IPAM: {}, Labels: {} };
  const createNetwork = (body: Record<string, unknown>) => () => assertAllowedRequest({ method: 'POST', path: '/networks/create', body });

  it('lets an isolated network be made', () => {
    expect(createNetwork(isolated)).not.toThrow();
  });

  it.each([
    [{ Driver: 'host' }],
    [{ Driver: 'macvlan' }],
    [{ Name: 'host' }],
    [{ EnableIPv6: true }],
    [{ Options: {} }],
    [{ Options: { 'com.docker.network.bridge.enable_icc': 'true' } }],
    [{ Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0' } }],
    [{ ConfigFrom: { Network: 'host' } }],
    [{ Scope: 'swarm' }],
  ])('refuses a network with %j', (change) => {
    expect(createNetwork({ ...isolated, ...change })).toThrow(/refuses to create this network/);
  });

  it.each<[string, Record<string, unknown>, boolean]>([
    ['anyon-1', { Container: id }, true],
    ['bridge', { Container: id }, false],
    ['host', { Container: id }, false],
    ['anyon-1', {}, false],
    ['anyon-1', { Container: id, EndpointConfig: { IPAMConfig: { IPv4Address: '10.0.0.1' } } }, false],
  ])('on the network %s a container is put with %j: %s', (network, body, allowed) => {
    const connect = () => assertAllowedRequest({ method: 'POST', path: `/networks/${network}/connect`, body });
    if (allowed) expect(connect).not.toThrow();
    else expect(connect).toThrow(/refuses to put/);
  });

  it('refuses a container that does not carry the profile', () => {
    expect(() => assertAllowedRequest({ method: 'POST', path: '/containers/create', body: { Image: 'x' } })).toThrow(/refuses to create/);
    expect(() => assertAllowedRequest({ method: 'POST', path: '/containers/create' })).toThrow(/refuses to create/);
  });
});
