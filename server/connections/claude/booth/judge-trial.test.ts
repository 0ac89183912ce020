import { describe, expect, it } from 'vitest';
import { judgeTrial } from '@/server/connections/claude/booth/judge-trial';

/** Answers of the CLI 2.1.329 as they were seen, cut to what counts. */
const KEY = 'sk-ant-api03-made-up-for-this-test-only';

function judge(fields: Record<string, unknown>) {
  return judgeTrial({ exitCode: 1, stdout: Buffer.from(JSON.stringify({ is_error: true, api_error_status: null, ...fields })), stderr: Buffer.alloc(0), truncated: false }, KEY);
}

describe('judgeTrial', () => {
  it.each([
    ['works', { is_error: false, result: 'Yes.' }],
    ['works', { api_error_status: 429, result: "You've hit your session limit · resets 3:12am" }],
    ['refused', { api_error_status: 401, result: 'Invalid API key · Fix external API key' }],
    ['refused', { api_error_status: 403, result: 'OAuth token has been revoked. Please obtain a new token.' }],
    ['refused', { api_error_status: 400, result: 'Credit balance is too low' }],
    ['refused', { api_error_status: 404, result: 'API Error: 404 model: x' }],
    ['refused', { result: 'API Error: Could not load AWS credentials · Could not load credentials from any providers.' }],
    ['unknown', { api_error_status: 529, result: 'API Error: 529 Overloaded' }],
    ['unknown', { api_error_status: 403, result: "Failed to authenticate. API Error: 403 Anyon's egress proxy: The address of 10.0.0.1 is one of a private network." }],
    ['unknown', { api_error: 'connection_failed', result: "API Error: Couldn't connect through your proxy (ERR_PROXY_TUNNEL) — the proxy refused the tunnel: check its credentials and that it allows this host" }],
    ['unknown', { result: 'Something new' }],
  ])('%s: %j', (outcome, fields) => {
    expect(judge(fields)).toMatchObject({ outcome });
  });

  it('quotes one short line without the credential', () => {
    const judged = judge({ api_error_status: 401, result: `no key\u001b[31m ${KEY}\nis known ${'x'.repeat(1000)}` });
    const reason = 'reason' in judged ? judged.reason : '';
    expect(reason).toMatch(/^The credential was not accepted\. .* It said: no key /);
    expect(reason).not.toContain('made-up-for-this-test');
    expect(reason).not.toMatch(/[\u0000-\u001f]/);
    expect(reason.length).toBeLessThan(500);
  });

  it('says so when the CLI said nothing', () => {
    expect(judgeTrial({ exitCode: 137, stdout: Buffer.from('Killed'), stderr: Buffer.from(`out of memory with ${KEY}`), truncated: false }, KEY)).toEqual({
      outcome: 'unknown',
      reason: expect.stringMatching(/^The Claude CLI ended with 137 .*out of memory with \*+\. Try again\.$/),
    });
  });
});
