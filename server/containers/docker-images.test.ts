import { afterEach, expect, it } from 'vitest';
import { createDockerClient } from '@/server/containers/docker-client';
import { findDockerAddress } from '@/server/containers/docker-address';
import { ensureImage } from '@/server/containers/docker-images';
import { answerJson, openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';

let stub: StubDocker;
afterEach(() => stub.close());

/** A registry that fails `failures` times, in the way given, before a pull succeeds. */
async function registry(failures: number, fail: { status: number; body: string }) {
  let pulls = 0;
  stub = await openStubDocker((request, response) => {
    if (request.url?.startsWith('/images/create')) {
      pulls += 1;
      if (pulls <= failures) response.writeHead(fail.status).end(fail.body);
      else response.writeHead(200).end('{"status":"Pulling fs layer","id":"a1"}\r\n{"status":"Downloading","progress":"[=>  ] 1MB/2MB","id":"a1"}\r\n{"status":"Done"}\r\n');
    } else if (pulls > failures) answerJson(response, 200, { Id: 'sha256:1' });
    else answerJson(response, 404, { message: 'No such image: x:latest' });
  });
  return { client: createDockerClient(findDockerAddress(stub.host)), pulls: () => pulls };
}

const broken = { status: 500, body: '{"message":"Get \\"https://registry.example/v2/\\": dial tcp: i/o timeout"}' };
const brokenInStream = { status: 200, body: '{"status":"Pulling"}\n{"error":"unexpected EOF","errorDetail":{"message":"unexpected EOF"}}\n' };

it('pulls nothing when the image is here', async () => {
  const { client, pulls } = await registry(-1, broken);
  expect(await ensureImage(client, 'x', {}, 1)).toEqual({ id: 'sha256:1', reference: 'x' });
  expect(pulls()).toBe(0);
});

it.each([broken, brokenInStream])('pulls again after failures and tells the progress of each try', async (failure) => {
  const { client, pulls } = await registry(2, failure);
  const lines: string[] = [];
  expect(await ensureImage(client, 'x', { onProgress: (line) => lines.push(line) }, 1)).toMatchObject({ id: 'sha256:1' });
  expect(pulls()).toBe(3);
  expect(lines).toContain('a1 Downloading [=>  ] 1MB/2MB');
  expect(lines.filter((line) => /^Try \d of 3 failed: Could not pull the image x/.test(line))).toHaveLength(2);
});

it.each([
  [undefined, 3],
  [2, 2],
])('gives up after %s tries (default 3) with the reason and the build command', async (attempts, expected) => {
  const { client, pulls } = await registry(99, broken);
  const failure = ensureImage(client, 'x', attempts === undefined ? {} : { attempts }, 1);
  await expect(failure).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/i\/o timeout.*npm run images/) as string });
  expect(pulls()).toBe(expected);
});

it.each([
  [{ status: 404, body: '{"message":"pull access denied for x, repository does not exist or may require \'docker login\'"}' }, 'not_found'],
  [{ status: 200, body: '{"error":"manifest for x:latest not found: manifest unknown"}\n' }, 'not_found'],
  [{ status: 200, body: '{"error":"write /var/lib/docker/tmp/x: no space left on device"}\n' }, 'limit_reached'],
])('does not try again after %j', async (failure, kind) => {
  const { client, pulls } = await registry(99, failure);
  await expect(ensureImage(client, 'x', {}, 1)).rejects.toMatchObject({ kind });
  expect(pulls()).toBe(1);
});

it('asks for one tag, never for all of a repository', async () => {
  const { client } = await registry(0, broken);
  await ensureImage(client, 'registry.example:5000/x', {}, 1);
  expect(stub.requests[1]).toBe('POST /images/create?fromImage=registry.example%3A5000%2Fx%3Alatest');
});

it('never pulls an image that is built here, and names the build command', async () => {
  const { client, pulls } = await registry(99, broken);
  await expect(ensureImage(client, 'x', { pull: 'never' })).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/npm run images/) as string });
  expect(pulls()).toBe(0);
});

it('D2-14 stops between two tries when the caller aborts', async () => {
  const { client, pulls } = await registry(99, broken);
  const controller = new AbortController();
  const failure = ensureImage(client, 'x', { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) }, 60_000);
  await expect(failure).rejects.toThrow('enough');
  expect(pulls()).toBe(1);
});

it('asks nothing about what is no image name', async () => {
  const { client } = await registry(0, broken);
  await expect(ensureImage(client, '../../containers/json?all=1')).rejects.toMatchObject({ kind: 'invalid' });
  expect(stub.requests).toEqual([]);
});
