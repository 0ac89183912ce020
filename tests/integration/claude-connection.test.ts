import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { alerts, auditEvents, claudeBooths, claudeConnections, secrets } from '@/db/schema';
import { checkClaude, claudeConnection, connectClaude, disconnectClaude } from '@/server/connections/claude/claude-connection';
import { noteClaudeExpiry } from '@/server/connections/claude/claude-expiry';
import { canClaudeSignIn, noteClaudeRefusal } from '@/server/connections/claude/claude-health';
import { deliverCredential } from '@/server/connections/claude/claude-delivery';
import { claudeSourceFor } from '@/server/connections/claude/claude-source';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { currentVersion } from '@/server/secrets/vault';
import { BEDROCK_REGION, VERTEX_REGION } from '@/tests/fakes/fake-model-clouds';
import { openClaudeStandIn, type ClaudeStandIn } from '@/tests/setup/claude-stand-in';

/** Claude accounts, each tried by the real CLI in a throw-away container, behind the real egress proxy. */
let bench: ClaudeStandIn;
let actor: Actor;
let count = 0;

beforeAll(async () => {
  bench = await openClaudeStandIn();
});
beforeEach(async () => {
  actor = await bench.product.addUser(`person-${++count}`);
});
afterAll(() => bench.close());

const newKey = () => `sk-ant-api03-${randomBytes(40).toString('base64url')}`;
const goodKey = () => {
  const key = newKey();
  bench.service.accepted.add(key);
  return key;
};

function left(): string[] {
  const filter = `label=anyon.instance=${env().ANYON_INSTANCE}`;
  return [['ps', '--all', '--quiet'], ['network', 'ls', '--quiet']].flatMap((args) => execFileSync('docker', [...args, '--filter', filter], { encoding: 'utf8' }).split('\n').filter(Boolean));
}

describe('a Claude connection by API key', () => {
  it('is tried by a real call, kept sealed, and is the source of the person and of nobody else', async () => {
    expect(await claudeConnection(actor)).toBeNull();
    expect((await claudeSourceFor(actor.userId)).kind).toBe('simulator');
    const apiKey = goodKey();
    const connected = await connectClaude(actor, { method: 'api_key', apiKey });
    expect(connected).toMatchObject({ method: 'api_key', status: 'connected', statusReason: null, lastFour: apiKey.slice(-4), expiresAt: null });
    expect(connected?.checkedAt).toBeInstanceOf(Date);
    expect(bench.service.requests).toContain('POST api.anthropic.com /v1/messages');
    const source = await claudeSourceFor(actor.userId);
    expect(source).toMatchObject({ kind: 'account', baseUrl: 'https://api.anthropic.com', env: {}, credential: { value: apiKey, reading: { by: 'descriptor', variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR' } } });
    expect(source.credential.secret).toMatchObject({ version: 1 });
    const stranger = await bench.product.addUser(`stranger-${count}`);
    expect((await claudeSourceFor(stranger.userId)).kind).toBe('simulator');
    expect(JSON.stringify([connected, await claudeConnection(actor), await database().select().from(claudeConnections), await database().select().from(auditEvents)])).not.toContain(apiKey);
    expect(await database().select().from(auditEvents).where(and(eq(auditEvents.actorId, actor.userId), eq(auditEvents.action, 'claude_connected')))).toHaveLength(1);
    expect(left()).toEqual([]);
    expect(await database().select().from(claudeBooths)).toEqual([]);
  });

  it('changes nothing when the key is refused, says so in words and does not repeat the key', async () => {
    const kept = goodKey();
    await connectClaude(actor, { method: 'api_key', apiKey: kept });
    const apiKey = newKey();
    const refusal = await connectClaude(actor, { method: 'api_key', apiKey }).catch((error: unknown) => error as Error);
    expect(refusal).toMatchObject({ kind: 'precondition', message: expect.stringMatching(/^The credential was not accepted\. Check that it is complete/) });
    expect(refusal).not.toMatchObject({ message: expect.stringContaining(apiKey) });
    expect((await claudeSourceFor(actor.userId)).credential.value).toBe(kept);
    expect(left()).toEqual([]);
  });

  it('fails on a check when it was revoked, with one alert that is settled by connecting anew', async () => {
    const apiKey = goodKey();
    await connectClaude(actor, { method: 'api_key', apiKey });
    bench.service.accepted.delete(apiKey);
    expect(await checkClaude(actor)).toMatchObject({ status: 'failed', statusReason: expect.stringMatching(/not accepted/) });
    const open = () => database().select().from(alerts).where(and(eq(alerts.userId, actor.userId), isNull(alerts.resolvedAt)));
    expect(await open()).toMatchObject([{ kind: 'claude_sign_in_failed', count: 1 }]);
    // Still theirs: a run finds out and waits, and never gets the simulator in secret.
    expect((await claudeSourceFor(actor.userId)).kind).toBe('account');
    expect(await canClaudeSignIn(database(), actor.userId, null)).toBe(false);
    await connectClaude(actor, { method: 'api_key', apiKey: goodKey() });
    expect(await open()).toEqual([]);
    expect(await canClaudeSignIn(database(), actor.userId, null)).toBe(true);
  });

  it('is gone after disconnecting, with its secret', async () => {
    await connectClaude(actor, { method: 'api_key', apiKey: goodKey() });
    await disconnectClaude(actor);
    await disconnectClaude(actor);
    expect(await claudeConnection(actor)).toBeNull();
    expect(await database().select().from(secrets).where(and(eq(secrets.ownerId, actor.userId), isNull(secrets.deletedAt)))).toEqual([]);
    expect((await claudeSourceFor(actor.userId)).kind).toBe('simulator');
    await expect(checkClaude(actor)).rejects.toMatchObject({ kind: 'not_found' });
  });
});

describe('a Claude connection by gateway, Bedrock and Vertex', () => {
  it('hands a gateway its token by a helper, never in an argument or variable', async () => {
    const token = `gateway-${randomBytes(20).toString('hex')}`;
    expect(await connectClaude(actor, { method: 'gateway', baseUrl: `${env().ANYON_SIMULATOR_URL}/`, token })).toMatchObject({ status: 'connected', account: new URL(env().ANYON_SIMULATOR_URL ?? '').host });
    const source = await claudeSourceFor(actor.userId);
    const { content, ...open } = deliverCredential(source, '/anyon/secrets/x/claude');
    expect(content).toBe(token);
    expect(JSON.stringify(open)).not.toContain(token);
    expect(open).toMatchObject({ descriptorVariable: null, env: { ANTHROPIC_BASE_URL: env().ANYON_SIMULATOR_URL } });
    await expect(connectClaude(actor, { method: 'gateway', baseUrl: env().ANYON_SIMULATOR_URL ?? '', token: 'this-is-an-invalid-token' })).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/not accepted/) });
  });

  it('reaches no private address by a gateway, and says why (ISO-07, SEC: addresses that people set)', async () => {
    const refused = { kind: 'precondition', message: expect.stringMatching(/may not be reached|cannot be reached|not known/) };
    const before = bench.service.requests.length;
    await expect(connectClaude(actor, { method: 'gateway', baseUrl: `http://${bench.product.gateway}:443`, token: 'a-token-for-a-private-one' })).rejects.toMatchObject(refused);
    await expect(connectClaude(actor, { method: 'gateway', baseUrl: 'http://169.254.169.254', token: 'a-token-for-the-metadata' })).rejects.toMatchObject(refused);
    await expect(connectClaude(actor, { method: 'gateway', baseUrl: 'https://no-such-host.invalid', token: 'a-token-for-nobody' })).rejects.toMatchObject(refused);
    expect(bench.service.requests).toHaveLength(before);
    expect(await claudeConnection(actor)).toBeNull();
    expect(left()).toEqual([]);
  });

  it('gives the Bedrock token in a settings file, and says in words what is wrong with a token or region', async () => {
    const bearerToken = `bedrock-${randomBytes(20).toString('hex')}`;
    const inWords = (message: RegExp) => ({ kind: 'precondition', message: expect.stringMatching(message) });
    const refusal = await connectClaude(actor, { method: 'bedrock', region: BEDROCK_REGION, bearerToken }).catch((error: unknown) => error as Error);
    expect(refusal).toMatchObject(inWords(/^The credential .*(?:not accepted|may not use Claude)/));
    expect(refusal).not.toMatchObject({ message: expect.stringContaining(bearerToken) });
    await expect(connectClaude(actor, { method: 'bedrock', region: 'xx-nowhere-1', bearerToken })).rejects.toMatchObject(inWords(/region/));

    bench.service.accepted.add(bearerToken);
    expect(await connectClaude(actor, { method: 'bedrock', region: BEDROCK_REGION, bearerToken })).toMatchObject({ status: 'connected', account: BEDROCK_REGION, lastFour: bearerToken.slice(-4) });
    const { content, ...open } = deliverCredential(await claudeSourceFor(actor.userId), '/anyon/secrets/x/claude');
    expect(JSON.parse(content)).toMatchObject({ disableAllHooks: true, apiKeyHelper: '', env: { AWS_BEARER_TOKEN_BEDROCK: bearerToken } });
    expect(JSON.stringify(open)).not.toContain(bearerToken);
    expect(open).toMatchObject({ settings: '/anyon/secrets/x/claude', env: { CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: BEDROCK_REGION } });
  });

  it('gives Vertex the key file of its service account, and says in words when that is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const email = `robot-${count}@made-up-1.iam.gserviceaccount.com`;
    const credentials = JSON.stringify({ type: 'service_account', project_id: 'made-up-1', private_key_id: 'x', private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), client_email: email, client_id: '1' });
    const account = { method: 'vertex' as const, region: VERTEX_REGION, projectId: 'made-up-1', credentials };
    const refusal = await connectClaude(actor, account).catch((error: unknown) => error as Error);
    expect(refusal).toMatchObject({ kind: 'precondition', message: expect.stringMatching(/^The credential was not accepted/) });
    expect(refusal).not.toMatchObject({ message: expect.stringContaining('PRIVATE KEY') });
    bench.service.accepted.add(email);
    expect(await connectClaude(actor, account)).toMatchObject({ status: 'connected', account: `made-up-1, ${VERTEX_REGION}` });
    const { content, ...open } = deliverCredential(await claudeSourceFor(actor.userId), '/anyon/secrets/x/claude');
    expect(content).toBe(credentials);
    expect(open).toMatchObject({ env: { GOOGLE_APPLICATION_CREDENTIALS: '/anyon/secrets/x/claude', CLAUDE_CODE_USE_VERTEX: '1', CLOUD_ML_REGION: VERTEX_REGION } });
  });
});

describe('the health of a Claude connection', () => {
  it('fails with the version that was refused in mid-run, and not with a later one', async () => {
    await connectClaude(actor, { method: 'api_key', apiKey: goodKey() });
    const first = (await claudeSourceFor(actor.userId)).credential.secret;
    if (!first) throw new Error('An account has a stored secret.');
    const used = { secretId: first.id, version: first.version };
    await connectClaude(actor, { method: 'api_key', apiKey: goodKey() });
    await noteClaudeRefusal(database(), actor.userId, used, 'Refused.');
    expect(await claudeConnection(actor)).toMatchObject({ status: 'connected' });
    expect(await canClaudeSignIn(database(), actor.userId, used)).toBe(true);
    const now = await currentVersion(database(), first.id);
    await noteClaudeRefusal(database(), actor.userId, now, 'Refused in a run.');
    await noteClaudeRefusal(database(), actor.userId, now, 'Refused once more.');
    expect(await claudeConnection(actor)).toMatchObject({ status: 'failed', statusReason: 'Refused in a run.' });
    expect(await canClaudeSignIn(database(), actor.userId, used)).toBe(false);
    await disconnectClaude(actor);
    expect([await canClaudeSignIn(database(), actor.userId, now), await canClaudeSignIn(database(), actor.userId, null)]).toEqual([false, true]);
  });

  it('expires in sight: fourteen days before, and at the end', async () => {
    await connectClaude(actor, { method: 'api_key', apiKey: goodKey() });
    const endsIn = async (days: number) => {
      await database().update(claudeConnections).set({ expiresAt: new Date(Date.now() + days * 86_400_000) }).where(eq(claudeConnections.userId, actor.userId));
      await noteClaudeExpiry();
      return (await claudeConnection(actor))?.status;
    };
    expect([await endsIn(15), await endsIn(13), await endsIn(-1)]).toEqual(['connected', 'expiring', 'failed']);
    expect((await claudeConnection(actor))?.statusReason).toMatch(/expired/);
  });
});
