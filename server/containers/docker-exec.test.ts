import type http from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { createDockerClient } from '@/server/containers/docker-client';
import { findDockerAddress } from '@/server/containers/docker-address';
import { exec, execDetached } from '@/server/containers/docker-exec';
import { answerJson, openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';

let stub: StubDocker;
afterEach(() => stub.close());

const id = 'e'.repeat(64);

async function engine(start: (response: http.ServerResponse) => void, state: { status: number; body: unknown } = { status: 200, body: { Running: false, ExitCode: 0 } }) {
  stub = await openStubDocker((request, response) => {
    if (request.url === '/containers/x/exec') answerJson(response, 201, { Id: id });
    else if (request.url === `/exec/${id}/start`) start(response);
    else answerJson(response, state.status, state.body);
  });
  return createDockerClient(findDockerAddress(stub.host));
}

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

it('gives output, error output and exit code', async () => {
  const client = await engine((response) => response.end(Buffer.concat([frame(1, 'out'), frame(2, 'err'), frame(1, '!')])), { status: 200, body: { Running: false, ExitCode: 7 } });
  expect(await exec(client, 'x', { argv: ['a'] })).toEqual({ exitCode: 7, stdout: Buffer.from('out!'), stderr: Buffer.from('err'), truncated: false });
});

it('keeps at most as much output as asked for, and says so', async () => {
  const client = await engine((response) => response.end(Buffer.concat([frame(1, 'abc'), frame(1, 'def'), frame(2, 'ghi')])));
  expect(await exec(client, 'x', { argv: ['a'], maxOutputBytes: 4 })).toEqual({ exitCode: 0, stdout: Buffer.from('abcd'), stderr: Buffer.from('ghi'), truncated: true });
});

it('is over when the time is, however the command goes on', async () => {
  const client = await engine((response) => void response.write(frame(1, 'begun')));
  await expect(exec(client, 'x', { argv: ['sleep'], timeoutMs: 100 })).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/run sleep in the container x.*within 0\.1 s/) as string });
});

it('does not hang when the engine dies in the middle of a frame', async () => {
  const client = await engine((response) => response.end(frame(1, 'half').subarray(0, 10)));
  await expect(exec(client, 'x', { argv: ['a'] })).rejects.toMatchObject({ kind: 'unavailable' });
});

it.each([
  ['does not know the command any more', { status: 404, body: { message: 'No such exec instance' } }],
  ['says that it still runs', { status: 200, body: { Running: true, ExitCode: null } }],
])('does not take the end of the stream for an end of the command when the engine %s', async (_what, state) => {
  const client = await engine((response) => response.end(frame(1, 'all?')), state);
  await expect(exec(client, 'x', { argv: ['a'] })).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/lost the command/) as string });
});

it('rejects with the reason of a caller that aborts', async () => {
  const client = await engine((response) => void response.write(frame(1, 'begun')));
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 30);
  await expect(exec(client, 'x', { argv: ['a'] }, controller.signal)).rejects.toThrow('enough');
});

it('starts a detached command without a stream to it', async () => {
  const bodies: unknown[] = [];
  stub = await openStubDocker((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      bodies.push(JSON.parse(body));
      answerJson(response, 201, { Id: id });
    });
  });
  await execDetached(createDockerClient(findDockerAddress(stub.host)), 'x', { argv: ['anyon-run', 'start', '1'], user: '1000:1000', cwd: '/workspace', env: { A: 'b' } });
  expect(bodies).toEqual([
    { AttachStdin: false, AttachStdout: false, AttachStderr: false, Tty: false, Cmd: ['anyon-run', 'start', '1'], User: '1000:1000', WorkingDir: '/workspace', Env: ['A=b'] },
    { Detach: true, Tty: false },
  ]);
});

it.each([{ argv: [] }, { argv: ['a'], user: '0' }, { argv: ['a'], user: 'root' }])('refuses %j before anything is sent', async (command) => {
  const client = await engine((response) => response.end());
  await expect(exec(client, 'x', command)).rejects.toMatchObject({ kind: 'invalid' });
  await expect(exec(client, '../x', { argv: ['a'] })).rejects.toMatchObject({ kind: 'invalid' });
  expect(stub.requests).toEqual([]);
});
