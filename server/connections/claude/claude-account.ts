import type { ClaudeMethod } from '@/contract/connection';
import { destinationOfUrl, type Destination } from '@/server/outbound/destination';
import type { SecretVersion } from '@/server/secrets/vault';

/** What decides where an account answers; the columns of a connection. */
export interface ClaudeAccount {
  method: ClaudeMethod;
  baseUrl: string | null;
  region: string | null;
  projectId: string | null;
}

/**
 * Who answers a run, and with which credential: exactly one. The credential is a secret: it is handed to the run in a file
 * (`deliverCredential` says how), and masked in everything the run writes. `env` holds no secret.
 */
export interface ClaudeSource {
  kind: 'simulator' | 'account';
  /** Null where the CLI finds the address by itself (Bedrock, Vertex). */
  baseUrl: string | null;
  env: Readonly<Record<string, string>>;
  credential: {
    reading: CredentialReading;
    value: string;
    /** Where the value is stored; null for the simulator's, which opens nothing. */
    secret: { id: string; version: number; name: string } | null;
  };
}

/** How the CLI reads its credential. None of them leaves it in the container's environment, in an argument or on a disk. */
export type CredentialReading =
  /** From a descriptor whose number the variable tells. */
  | { by: 'descriptor'; variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR' | 'CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR' }
  /** From what a command prints that it runs whenever it needs one. */
  | { by: 'helper' }
  /** From a settings file that sets the variable inside the CLI. */
  | { by: 'settings'; variable: 'AWS_BEARER_TOKEN_BEDROCK' }
  /** From the file whose path the variable tells. */
  | { by: 'variable'; variable: 'GOOGLE_APPLICATION_CREDENTIALS' };

const ANTHROPIC_URL = 'https://api.anthropic.com';
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
