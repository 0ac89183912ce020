import { describe, expect, it } from 'vitest';
import { AnyonError } from '@/server/errors';
import { translateDockerError } from '@/server/containers/docker-errors';
import { classifyError } from '@/server/workspaces/tasks/error-class';
import { cloneFailure } from '@/server/workspaces/tasks/clone-failure';

const docker = (error: object) => translateDockerError(error, { action: 'start the container x', address: '/var/run/docker.sock' });
const answer = (statusCode: number, message: string) => docker({ statusCode, json: { message } });
const clone = (words: string) => cloneFailure(words, { repositoryUrl: 'https://git.test/r.git', branch: 'main', login: null });

describe('B3 errors are classed by where it went wrong', () => {
  it.each([
    ['an engine that is down', docker({ code: 'ECONNREFUSED' }), 'engine', true],
    ['an engine that answers nonsense', answer(500, 'server error'), 'engine', true],
    ['an engine that hangs', new AnyonError('unavailable', 'Could not start the container x: Docker did not answer within 30 s.'), 'engine', true],
    ['a container that went away meanwhile', answer(404, 'No such container: x'), 'engine', true],
    ['an engine that refuses in words of its own', answer(403, 'driver failed programming external connectivity'), 'engine', true],
    ['rules that somebody changes at this moment', new AnyonError('precondition', 'The workspace is not isolated, so nothing was run in it. The firewall rules cannot be read.'), 'network', true],
    ['a container that ended meanwhile', answer(409, 'Container x is not running'), 'engine', true],
    ['an image that its registry does not have', translateDockerError({ statusCode: 404, json: { message: 'manifest unknown' } }, { action: 'pull the image a/b', address: '/var/run/docker.sock' }), 'engine', false],
    ['an absent image', answer(404, 'No such image: anyon-claude:latest'), 'engine', false],
    ['a full disk', answer(500, 'write /var/lib/docker/x: no space left on device'), 'storage', false],
    ['a full disk in the container', clone('fatal: write error: No space left on device'), 'storage', false],
    ['a full disk of ours', Object.assign(new Error('ENOSPC: no space left on device, mkdir'), { code: 'ENOSPC' }), 'storage', true],
    ['no addresses', answer(500, 'could not find an available, non-overlapping IPv4 address pool'), 'network', false],
    ['a server that cannot be reached', clone('fatal: unable to access: Failed to connect to git.test'), 'network', true],
    ['a private repository', clone('fatal: could not read Username for https://git.test'), 'authentication', false],
    ['too little memory', answer(500, 'failed to write memory.limit_in_bytes: device or resource busy'), 'memory', false],
    ['a branch that does not exist', clone('fatal: Remote branch main not found in upstream origin'), 'other', false],
    ['a defect of ours', new TypeError('x is not a function'), 'other', true],
  ])('%s', (_name, error, errorClass, mayHeal) => {
    expect(classifyError(error)).toMatchObject({ class: errorClass, mayHeal });
  });
});
