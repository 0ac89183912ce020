import type { ClaudeMethod } from '@/contract/connection';
import type { ClaudeSource, CredentialReading } from '@/server/connections/claude/claude-source';
import { destinationOfUrl, type Destination } from '@/server/outbound/destination';
import type { SecretVersion } from '@/server/secrets/vault';

/** What decides where an account answers; the columns of a connection. */
export interface ClaudeAccount {
  method: ClaudeMethod;
  baseUrl: string | null;
  region: string | null;
  projectId: string | null;
}

export const ANTHROPIC_URL = 'https://api.anthropic.com';
/** Of the one secret that a person's Claude connection has. */
export const CLAUDE_SECRET_NAME = 'CLAUDE';

const readings: Record<ClaudeMethod, CredentialReading> = {
  subscription: { by: 'descriptor', variable: 'CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR' },
  api_key: { by: 'descriptor', variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR' },
  gateway: { by: 'helper' },
  bedrock: { by: 'settings', variable: 'AWS_BEARER_TOKEN_BEDROCK' },
  vertex: { by: 'variable', variable: 'GOOGLE_APPLICATION_CREDENTIALS' },
};

/** The source that an account is, with its credential; `version` is null for one that is not stored yet. */
export function accountSource(account: ClaudeAccount, value: string, version: SecretVersion | null): ClaudeSource {
  const secret = version && { id: version.secretId, version: version.version, name: CLAUDE_SECRET_NAME };
  return { kind: 'account', baseUrl: baseUrlOf(account), env: environmentOf(account), credential: { reading: readings[account.method], value, secret } };
}

/** The hosts that an account's calls go to: what the proxy lets its person's runs reach whatever else they may. */
export function accountDestinations(account: ClaudeAccount): Destination[] {
  const at = (...hosts: string[]) => hosts.map((host) => ({ host, port: 443 }));
  const { region } = account;
  if (account.method === 'bedrock' && region) return at(`bedrock-runtime.${region}.amazonaws.com`, `bedrock.${region}.amazonaws.com`);
  if (account.method === 'vertex' && region) return at(vertexHost(region), 'oauth2.googleapis.com', 'sts.googleapis.com', 'iamcredentials.googleapis.com');
  const destination = destinationOfUrl(baseUrlOf(account) ?? '');
  return destination ? [destination] : [];
}

function baseUrlOf({ method, baseUrl }: ClaudeAccount): string | null {
  if (method === 'gateway') return baseUrl;
  return method === 'subscription' || method === 'api_key' ? ANTHROPIC_URL : null;
}

function environmentOf({ method, region, projectId }: ClaudeAccount): Record<string, string> {
  if (method === 'bedrock') return { CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: region ?? '', AWS_EC2_METADATA_DISABLED: 'true' };
  if (method === 'vertex') return { CLAUDE_CODE_USE_VERTEX: '1', CLOUD_ML_REGION: region ?? '', ANTHROPIC_VERTEX_PROJECT_ID: projectId ?? '' };
  return {};
}

/** As the CLI builds it. */
function vertexHost(region: string): string {
  if (region === 'global') return 'aiplatform.googleapis.com';
  return region === 'us' || region === 'eu' ? `aiplatform.${region}.rep.googleapis.com` : `${region}-aiplatform.googleapis.com`;
}
