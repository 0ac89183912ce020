import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createSimulator } from '@/docker/claude-simulator/http.mjs';
import { answerBedrock, answerGoogleToken, CLOUD_HOSTS } from '@/tests/fakes/fake-model-clouds';

/** Names under which the service is asked, by the CLI's sign-in and by its calls, and those of the clouds that offer the model too. */
export const CLAUDE_HOSTS = ['api.anthropic.com', 'platform.claude.com', 'claude.com', 'claude.ai', ...CLOUD_HOSTS];

/** Stands in for Anthropic: real TLS under its names, OAuth as the CLI's `setup-token` speaks it, and the Messages API of the simulator behind it. */
export interface FakeClaudeService {
  /** PEM, its own authority. */
  certificate: string;
  /** API keys and tokens that are let in; tokens that it issues are added. */
  accepted: Set<string>;
  issued: string[];
  /** Each as `METHOD host path`. */
  requests: string[];
  /** Answers the exchange of a code instead of the service; null: as usual. */
  tokenAnswer: { status: number; body: unknown } | null;
  /** What the person does in the browser; returns what the page shows for pasting. */
  approve(address: string): string;
  close(): Promise<void>;
}

interface Approval {
  challenge: string;
  redirect: string;
  state: string;
  client: string;
}

/** Listens at port 443 of `host`, for the CLI asks nowhere else. */
export async function startFakeClaudeService(host: string): Promise<FakeClaudeService> {
  const { key, certificate } = await makeCertificate();
  const simulator = createSimulator();
  const approvals = new Map<string, Approval>();
  const service: FakeClaudeService = {
    certificate,
    accepted: new Set(),
    issued: [],
    requests: [],
    tokenAnswer: null,
    approve(address) {
      const { searchParams: asked } = new URL(address);
      const given = (name: string) => asked.get(name) ?? '';
      if (given('response_type') !== 'code' || given('code_challenge_method') !== 'S256' || given('state') === '') throw new Error(`This is no request for a sign-in: ${address}`);
      const code = randomBytes(24).toString('base64url');
      approvals.set(code, { challenge: given('code_challenge'), redirect: given('redirect_uri'), state: given('state'), client: given('client_id') });
      return `${code}#${given('state')}`;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = https.createServer({ key, cert: certificate }, (request, response) => {
    service.requests.push(`${request.method} ${request.headers.host} ${request.url?.split('?')[0]}`);
    const { host: name = '', authorization } = request.headers;
    if (name.endsWith('.amazonaws.com')) return answerBedrock(service.accepted, request, response);
    if (name === 'oauth2.googleapis.com') return void answerGoogleToken(service.accepted, request, response);
    if (name.endsWith('-aiplatform.googleapis.com')) request.url = '/v1/messages'; // the same API under another path
    if (request.url?.startsWith('/v1/oauth/token')) return void exchange(service, approvals, request, response);
    const isCall = request.url?.startsWith('/v1/messages') === true;
    if (isCall && !isLetIn(service, request)) return answer(response, 401, { type: 'error', error: { type: 'authentication_error', message: `invalid x-api-key ${authorization ?? ''}` } });
    simulator.emit('request', request, response);
  });
  server.listen(443, host);
  await once(server, 'listening');
  return service;
}

function isLetIn({ accepted }: FakeClaudeService, { headers }: IncomingMessage): boolean {
  const given = headers['x-api-key'] ?? headers.authorization?.replace(/^Bearer /, '') ?? '';
  return accepted.has(String(given));
}

async function exchange(service: FakeClaudeService, approvals: Map<string, Approval>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  if (service.tokenAnswer) return answer(response, service.tokenAnswer.status, service.tokenAnswer.body);
  const body = JSON.parse(text) as Record<string, string>;
  const approval = approvals.get(body['code'] ?? '');
  approvals.delete(body['code'] ?? '');
  const challenge = createHash('sha256').update(body['code_verifier'] ?? '').digest('base64url');
  const isRight = approval?.challenge === challenge && approval.redirect === body['redirect_uri'] && approval.state === body['state'] && approval.client === body['client_id'];
  if (!isRight || body['grant_type'] !== 'authorization_code') return answer(response, 400, { error: 'invalid_grant', error_description: "Invalid 'code' in request." });
  const token = `sk-ant-oat01-${randomBytes(60).toString('base64url')}`;
  service.issued.push(token);
  service.accepted.add(token);
  answer(response, 200, { token_type: 'Bearer', access_token: token, expires_in: body['expires_in'] ?? 28_800, refresh_token: `sk-ant-ort01-${randomBytes(60).toString('base64url')}`, scope: 'user:inference' });
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function makeCertificate(): Promise<{ key: string; certificate: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'anyon-claude-service-'));
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
  const names = CLAUDE_HOSTS.map((name) => `DNS:${name}`).join(',');
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=stand-in', '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', certificate]);
  const made = { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
  await rm(folder, { recursive: true });
  return made;
}
