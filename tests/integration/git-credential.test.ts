import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putSecrets, removeRuntimeContainer, startRuntimeContainer, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** The helper that answers git in a container: what it is asked for, and for whom it has an answer. */
let box: RuntimeContainer;

beforeAll(async () => {
  box = await startRuntimeContainer();
  putSecrets(box, 'hub', { github: 'host=github.com\nlogin=mona\ntoken=ghp_of_this_test\n' });
  putSecrets(box, 'local', { github: 'host=172.17.0.1:8123\nlogin=mona\ntoken=ghp_of_this_test\n' });
  putSecrets(box, 'empty', { github: '' });
  putSecrets(box, 'none', { 'claude-file': 'x' });
  putSecrets(box, 'half', { github: 'host=github.com\nlogin=mona\ntoken=\n' });
});
afterAll(() => removeRuntimeContainer(box));

const ANSWER = 'username=mona\npassword=ghp_of_this_test\n';

function ask(verb: string, folder: string, question: string): string {
  const environment = folder === '' ? [] : ['-e', `ANYON_SECRETS_DIR=${folder}`];
  return execFileSync('docker', ['exec', '-i', ...environment, box.name, 'git-credential-anyon', ...(verb ? [verb] : [])], { input: question, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

describe('SEC-09 the credential helper', () => {
  it.each([
    ['hub', 'protocol=https\nhost=github.com\n', ANSWER],
    ['hub', 'protocol=https\nhost=GitHub.com\npath=a/b.git\n\n', ANSWER],
    ['hub', 'protocol=https\nhost=github.com:443\n', ANSWER],
    ['hub', 'protocol=https\nhost=github.com\nusername=hubot\nwwwauth[]=Basic realm="GitHub"\n', ANSWER],
    ['local', 'protocol=http\nhost=172.17.0.1:8123\n', ANSWER],
    ['local', 'protocol=https\nhost=172.17.0.1:8123\n', ANSWER],
    ['hub', 'protocol=http\nhost=github.com\n', ''],
    ['hub', 'protocol=http\nhost=github.com:443\n', ''],
    ['hub', 'protocol=https\nhost=github.com:8443\n', ''],
    ['hub', 'protocol=https\nhost=github.com.evil.test\n', ''],
    ['hub', 'protocol=https\nhost=evil.test\nhost=github.com.\n', ''],
    ['hub', 'protocol=https\nhost=gist.github.com\n', ''],
    ['hub', 'protocol=https\nhost=github.com@evil.test\n', ''],
    ['hub', 'protocol=ftp\nhost=github.com\n', ''],
    ['hub', 'host=github.com\n', ''],
    ['hub', '', ''],
    ['local', 'protocol=http\nhost=172.17.0.1:8124\n', ''],
    ['local', 'protocol=http\nhost=172.17.0.1\n', ''],
    ['empty', 'protocol=https\nhost=github.com\n', ''],
    ['half', 'protocol=https\nhost=github.com\n', ''],
    ['none', 'protocol=https\nhost=github.com\n', ''],
    ['absent', 'protocol=https\nhost=github.com\n', ''],
  ])('with the secrets of %s, asked %j', (attempt, question, answer) => {
    expect(ask('get', `/anyon/secrets/${attempt}`, question)).toBe(answer);
  });

  it.each(['', '/anyon/secrets', '/anyon/secrets/../secrets/hub', '/anyon/secrets/hub/', '/workspace', '/anyon/secrets/.hub'])('says nothing when the secrets are said to be in %j', (folder) => {
    expect(ask('get', folder, 'protocol=https\nhost=github.com\n')).toBe('');
  });

  it.each(['store', 'erase', 'list', ''])('has nothing to do with %j, and leaves the token as it is', (verb) => {
    expect(ask(verb, '/anyon/secrets/hub', 'protocol=https\nhost=github.com\nusername=x\npassword=y\n')).toBe('');
    expect(ask('get', '/anyon/secrets/hub', 'protocol=https\nhost=github.com\n')).toBe(ANSWER);
  });
});
