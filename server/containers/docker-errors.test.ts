import { describe, expect, it } from 'vitest';
import { AnyonError } from '@/server/errors';
import { translateDockerError } from '@/server/containers/docker-errors';

const attempt = { action: 'start the container x', address: 'unix:///var/run/docker.sock' };

function errno(code: string): Error {
  return Object.assign(new Error(`connect ${code} /var/run/docker.sock`), { code });
}

/** The shape that docker-modem gives to an answer outside 2xx. */
function answer(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), { statusCode, json: null });
}

describe('translateDockerError', () => {
  it.each([
    ['ENOENT', /There is no Docker socket at unix:.*Start Docker/],
    ['ECONNREFUSED', /Nothing answers at unix:.*Start Docker/],
    ['EACCES', /may not use the Docker socket.*scripts\/setup-docker-env\.sh/],
    ['EPERM', /scripts\/setup-docker-env\.sh/],
    ['ECONNRESET', /closed the connection in the middle of an answer/],
    ['HPE_INVALID_CONSTANT', /does not speak Docker's protocol/],
    ['ESOMETHING', /the connection to Docker failed/],
  ])('makes %s an unavailable engine with what to do', (code, sentence) => {
    const error = translateDockerError(errno(code), attempt);
    expect(error.kind).toBe('unavailable');
    expect(error.message).toMatch(/^Could not start the container x/);
    expect(error.message).toMatch(sentence);
  });

  it.each([
    [404, 'No such container: x', 'not_found', /No such container: x/],
    [404, 'No such image: anyon-claude:latest', 'precondition', /npm run images/],
    [409, 'Conflict. The container name "/x" is already in use', 'conflict', /already in use/],
    [409, 'Container x is not running', 'precondition', /Start it first/],
    [409, 'Container x is paused, unpause the container before exec', 'precondition', /Start it first/],
    [403, 'error while removing network: network x id 1 has active endpoints', 'conflict', /Remove them first/],
    [500, 'write /var/lib/docker/tmp: no space left on device', 'limit_reached', /disk .* is full/],
    [500, 'could not find an available, non-overlapping IPv4 address pool among the defaults', 'limit_reached', /default-address-pools/],
    [500, 'all predefined address pools have been fully subnetted', 'limit_reached', /default-address-pools/],
    [400, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available', 'limit_reached', /smaller limit/],
    [500, 'error setting rlimits for ready process: operation not permitted', 'precondition', /open files/],
    [500, 'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host', 'unavailable', /no such host/],
    [400, 'invalid reference format', 'invalid', /answered 400/],
    [500, 'something else', 'internal', /answered 500 \(something else\)/],
  ])('makes status %i "%s" a %s', (status, text, kind, sentence) => {
    const error = translateDockerError(answer(status, text), attempt);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(sentence);
  });

  it('passes an AnyonError through', () => {
    const error = new AnyonError('invalid', 'no');
    expect(translateDockerError(error, attempt)).toBe(error);
  });

  it("shows the engine's words on one short line without control characters", () => {
    const { message } = translateDockerError(answer(500, `a\n\u001b[31mb\u0000${'c'.repeat(1000)}`), attempt);
    // oxlint-disable-next-line no-control-regex
    expect(message).not.toMatch(/[\u0000-\u001f]/);
    expect(message.length).toBeLessThan(400);
  });

  it('keeps the cause for the log', () => {
    const cause = errno('ENOENT');
    expect(translateDockerError(cause, attempt).cause).toBe(cause);
  });
});
