import { describe, expect, it } from 'vitest';
import { pushRefusal } from '@/server/runs/publishing/push-refusal';

const push = { repositoryUrl: 'https://github.com/octo/hello.git', branch: 'anyon/run-1', force: false };
const of = (...lines: string[]) => {
  const { kind, message } = pushRefusal(lines.join('\n'), push);
  return { kind, message };
};

describe('why a push was refused', () => {
  it.each([
    ['conflict', 'has commits that are not here', '[rejected] (fetch first)', "error: failed to push some refs to 'https://github.com/octo/hello.git'"],
    ['conflict', 'has commits that are not here', '[rejected] (non-fast-forward)', ''],
    ['conflict', 'Nothing was overwritten', '[rejected] (stale info)', ''],
    ['forbidden', 'protects the branch anyon/run-1', '[remote rejected] (protected branch hook declined)', 'remote: error: GH006: Protected branch update failed for refs/heads/main.'],
    ['forbidden', 'protects the branch', '[remote rejected] (push declined due to repository rule violations)', 'remote: error: GH013: Repository rule violations found for refs/heads/main.\nremote: - Changes must be made through a pull request.'],
    ['forbidden', 'looks like a secret', '[remote rejected] (push declined due to repository rule violations)', 'remote: error: GH013: Repository rule violations found for refs/heads/x.\nremote: - GITHUB PUSH PROTECTION\nremote:   Push cannot contain secrets'],
    ['limit_reached', 'too large', '[remote rejected] (pre-receive hook declined)', "remote: error: File big.bin is 123.00 MB; this exceeds GitHub's file size limit of 100.00 MB\nremote: error: GH001: Large files detected."],
    ['limit_reached', 'too large', '', 'error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nsend-pack: unexpected disconnect while reading sideband packet'],
    ['forbidden', 'scope “workflow”', '[remote rejected] (refusing to allow an OAuth App to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)', ''],
    ['forbidden', 'may not do this with this repository', '', "remote: Permission to octo/hello.git denied to mona.\nfatal: unable to access 'https://github.com/octo/hello.git/': The requested URL returned error: 403"],
    ['forbidden', 'revoked or has expired. Connect GitHub again', '', "fatal: Authentication failed for 'https://github.com/octo/hello.git/'"],
    ['forbidden', 'Network in the settings of the workspace', '', "fatal: unable to access 'https://github.com/octo/hello.git/': Received HTTP code 403 from proxy after CONNECT"],
    ['unavailable', 'cannot be reached from the workspace', '', "fatal: unable to access 'https://github.com/octo/hello.git/': Could not resolve host: github.com"],
    ['unavailable', 'cannot be reached', '', "fatal: unable to access 'https://github.com/octo/hello.git/': The requested URL returned error: 502"],
    ['not_found', 'may not see it', '', "remote: Repository not found.\nfatal: repository 'https://github.com/octo/hello.git/' not found"],
    ['forbidden', 'The server did not take it: [remote rejected] (pre-receive hook declined) · remote: no pushes on Fridays', '[remote rejected] (pre-receive hook declined)', 'remote: no pushes on Fridays'],
    ['forbidden', 'gave no reason', '', ''],
  ])('%s: %s', (kind, part, said, words) => {
    expect(of(said, words)).toEqual({ kind, message: expect.stringContaining(part) as string });
  });
});
