import type http from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { createDockerClient } from '@/server/containers/docker-client';
import { findDockerAddress } from '@/server/containers/docker-address';
import { waitForExit } from '@/server/containers/wait-for-exit';
import { answerJson, openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';

let stub: StubDocker;
afterEach(() => stub.close());

function inspected(state: Record<string, unknown>) {
  const ended = { Status: 'exited', ExitCode: 0, Error: '', OOMKilled: false, StartedAt: '2026-01-01T00:00:00Z', FinishedAt: '2026-01-01T00:00:01.5Z' };
  return { Id: 'x', Name: '/x', Image: 'sha256:0', Config: { Image: 'i', Labels: {}, Tty: false }, State: { ...ended, ...state }, HostConfig: { Memory: 1, NanoCpus: 1, PidsLimit: 1 } };
}

async function engine(wait: (response: http.ServerResponse) => void, inspect: (response: http.ServerResponse) => void) {
  stub = await openStubDocker((request, response) => (request.url?.includes('/wait') ? wait(response) : inspect(response)));
  return createDockerClient(findDockerAddress(stub.host));
}

const breakOff = (response: http.ServerResponse) => {
  response.writeHead(200, { 'content-length': '50' });
  response.write('{', () => response.destroy());
};
const finishedAt = '2026-01-01T00:00:01.500Z';

it('joins what wait and inspect know', async () => {
  const client = await engine((response) => answerJson(response, 200, { StatusCode: 137 }), (response) => answerJson(response, 200, inspected({ ExitCode: 137, OOMKilled: true })));
  expect(await waitForExit(client, 'x')).toEqual({ exitCode: 137, error: null, finishedAt, oomKilled: true, signal: 'SIGKILL' });
});

it('takes the whole answer from inspect when waiting breaks off', async () => {
  const client = await engine(breakOff, (response) => answerJson(response, 200, inspected({ ExitCode: 3 })));
  expect(await waitForExit(client, 'x')).toEqual({ exitCode: 3, error: null, finishedAt, oomKilled: false, signal: null });
});

it('keeps both errors when both fail', async () => {
  const client = await engine(breakOff, (response) => answerJson(response, 500, { message: 'second' }));
  const exit = await waitForExit(client, 'x');
  expect(exit).toMatchObject({ exitCode: null, finishedAt: null, signal: null });
  expect(exit.error).toMatch(/wait for the container x.*middle of an answer.*inspect the container x.*second/s);
});

it('says that the container runs when waiting fails and it does', async () => {
  const client = await engine(breakOff, (response) => answerJson(response, 200, inspected({ Status: 'running' })));
  expect(await waitForExit(client, 'x')).toMatchObject({ exitCode: null, error: expect.stringMatching(/The container is running\.$/) as string });
});

it('keeps the exit code of a container that was removed at once, and says what is not known', async () => {
  const client = await engine((response) => answerJson(response, 200, { StatusCode: 0 }), (response) => answerJson(response, 404, { message: 'No such container: x' }));
  expect(await waitForExit(client, 'x')).toEqual({ exitCode: 0, error: 'There is no container x any more.', finishedAt: null, oomKilled: false, signal: null });
});

it("keeps the engine's own error", async () => {
  const client = await engine((response) => answerJson(response, 200, { StatusCode: 1, Error: { Message: 'lost' } }), (response) => answerJson(response, 200, inspected({ ExitCode: 1 })));
  expect(await waitForExit(client, 'x')).toMatchObject({ exitCode: 1, error: 'lost' });
});

it('rejects with the reason of a caller that aborts, and asks nothing more', async () => {
  const client = await engine(() => undefined, (response) => answerJson(response, 200, inspected({})));
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 30);
  await expect(waitForExit(client, 'x', controller.signal)).rejects.toThrow('enough');
  expect(stub.requests).toHaveLength(1);
});
