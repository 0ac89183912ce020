import { z } from 'zod';
import { secretValueSchema } from '@/contract/secret';

/** connected → expiring (14 days before the end) → failed (refused, revoked, expired: `statusReason` says which and what to do). */
export const connectionStatuses = ['connected', 'expiring', 'failed'] as const;
export const connectionStatusSchema = z.enum(connectionStatuses);
export type ConnectionStatus = z.infer<typeof connectionStatusSchema>;

const connectionBase = z.object({
  status: connectionStatusSchema,
  statusReason: z.string().nullable(),
  statusSince: z.date(),
  /** Last four characters of the secret; never more. */
  lastFour: z.string().nullable(),
  checkedAt: z.date().nullable(),
  /** Null when the service does not say, or it never ends. */
  expiresAt: z.date().nullable(),
});

export const gitHubMethods = ['oauth', 'pat'] as const;
export const gitHubMethodSchema = z.enum(gitHubMethods);
export type GitHubMethod = z.infer<typeof gitHubMethodSchema>;

/** The token with which a person's workspaces clone, fetch and push. Null: not connected. */
export const gitHubConnectionSchema = connectionBase.extend({
  /** Also of a connection that works: what the token is not allowed to do. */
  statusReason: z.string().nullable(),
  method: gitHubMethodSchema,
  login: z.string(),
  /** The host, such as github.com. */
  host: z.string(),
  /** As GitHub reports them; a fine-grained token reports none. */
  scopes: z.array(z.string()),
});
export type GitHubConnection = z.infer<typeof gitHubConnectionSchema>;

/** A connection of the person who asks, and what is needed to make one. */
export const gitHubStateSchema = z.object({
  connection: gitHubConnectionSchema.nullable(),
  /** Whom they sign in as, where that is another GitHub account than the connected one. */
  signsInAs: z.string().nullable(),
  /** Host of the configured GitHub. */
  host: z.string(),
  /** True when this install can ask GitHub for consent; else a token is pasted. */
  offersConsent: z.boolean(),
  /** GitHub's page that makes a token, with the right scopes chosen. */
  newTokenUrl: z.string(),
});
export type GitHubState = z.infer<typeof gitHubStateSchema>;

/** Classic, fine-grained and app tokens; checked against GitHub before it is kept. */
export const gitHubTokenSchema = secretValueSchema
  .transform((value) => value.trim())
  .pipe(z.string().regex(/^[A-Za-z0-9_]{20,255}$/, 'This is not a GitHub token. It begins with github_pat_ or ghp_.'));
export const connectGitHubInput = z.strictObject({ token: gitHubTokenSchema });

export const repositoryChoiceSchema = z.object({
  fullName: z.string(),
  cloneUrl: z.string(),
  defaultBranch: z.string(),
  private: z.boolean(),
  pushedAt: z.date().nullable(),
});
export type RepositoryChoice = z.infer<typeof repositoryChoiceSchema>;
export const searchRepositoriesInput = z.strictObject({ text: z.string().trim().max(100).default('') });
/** True when the name has every word of what was typed. */
export function fitsSearch(name: string, text: string): boolean {
  const lower = name.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => lower.includes(word));
}
/** `owner/name`, as GitHub spells them. */
export const repositoryBranchesInput = z.strictObject({ fullName: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,98})\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, 'Choose a repository from the list.') });

/** subscription: a long-lived token that the CLI's own sign-in made. gateway: an LLM gateway that speaks Anthropic's API. */
export const claudeMethods = ['subscription', 'api_key', 'gateway', 'bedrock', 'vertex'] as const;
export const claudeMethodSchema = z.enum(claudeMethods);
export type ClaudeMethod = z.infer<typeof claudeMethodSchema>;

const trimmedSecret = secretValueSchema.transform((value) => value.trim());
const region = z.string().trim().regex(/^[a-z]{2,}(-[a-z0-9]+)+$/, 'Enter a region such as us-east-1.');

/** Stored and shown as it is, so it holds no secret; a query would end up in the middle of what the CLI makes of it. */
const gatewayUrl = z
  .url({ protocol: /^https?$/, error: 'Enter an address such as https://llm.example.com.' })
  .max(2048)
  .refine((text) => isPlainUrl(text), 'Enter the address without a user name, a password, ? or #. The token has a field of its own.');

/** Everything but a subscription, which is made by a login (contract/claude-login.ts). */
export const connectClaudeInput = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('api_key'), apiKey: trimmedSecret.pipe(z.string().regex(/^sk-ant-api[A-Za-z0-9_-]{20,}$/, 'An API key begins with sk-ant-api03-.')) }),
  z.strictObject({ method: z.literal('gateway'), baseUrl: gatewayUrl, token: trimmedSecret }),
  z.strictObject({ method: z.literal('bedrock'), region, bearerToken: trimmedSecret }),
  z.strictObject({ method: z.literal('vertex'), region: z.union([region, z.enum(['global', 'us', 'eu'])], 'Enter a region such as us-east5, or global.'), projectId: z.string().trim().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'Enter the id of a Google Cloud project.'), credentials: secretValueSchema.refine(isJsonObject, 'Paste the JSON file of the service account.') }),
]);
export type ConnectClaudeInput = z.output<typeof connectClaudeInput>;

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whose account answers a person's runs. Null: not connected, the simulator answers where there is one. */
export const claudeConnectionSchema = connectionBase.extend({
  method: claudeMethodSchema,
  /** What the service says of the account, or what stands for it: an address, a region. */
  account: z.string().nullable(),
  baseUrl: z.string().nullable(),
  region: z.string().nullable(),
  projectId: z.string().nullable(),
});
export type ClaudeConnection = z.infer<typeof claudeConnectionSchema>;
