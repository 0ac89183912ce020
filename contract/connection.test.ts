import { describe, expect, it } from 'vitest';
import { connectClaudeInput } from '@/contract/connection';

const right = {
  api_key: { method: 'api_key', apiKey: '  sk-ant-api03-made-up-for-this-test-only\n' },
  gateway: { method: 'gateway', baseUrl: 'https://llm.example:4000/path', token: 'a-made-up-token' },
  bedrock: { method: 'bedrock', region: 'eu-central-1', bearerToken: 'a-made-up-token' },
  vertex: { method: 'vertex', region: 'global', projectId: 'made-up-1', credentials: '{"type":"service_account"}' },
};

describe('connectClaudeInput', () => {
  it('takes what each way needs, without the white space of pasting', () => {
    for (const input of Object.values(right)) expect(connectClaudeInput.safeParse(input).success).toBe(true);
    expect(connectClaudeInput.parse(right.api_key)).toEqual({ method: 'api_key', apiKey: 'sk-ant-api03-made-up-for-this-test-only' });
  });

  it.each([
    { ...right.api_key, apiKey: 'sk-ant-oat01-a-token-of-a-subscription' },
    { ...right.gateway, baseUrl: 'https://user:password@llm.example' },
    { ...right.gateway, baseUrl: 'https://llm.example/?key=secret' },
    { ...right.gateway, baseUrl: 'https://llm.example/#secret' },
    { ...right.gateway, baseUrl: 'file:///etc/passwd' },
    { ...right.bedrock, region: 'evil.example/x' },
    { ...right.bedrock, region: 'global' },
    { ...right.vertex, region: 'us-east5.evil.example' },
    { ...right.vertex, projectId: 'A/../B' },
    { ...right.vertex, credentials: '["not an object"]' },
    { ...right.gateway, more: 'than asked for' },
    { method: 'subscription', token: 'sk-ant-oat01-pasted-by-hand' },
  ])('refuses %j', (input) => {
    expect(connectClaudeInput.safeParse(input).success).toBe(false);
  });
});
