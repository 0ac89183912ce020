import type { ClaudeMethod } from '@/contract/connection';

/** A field of the form for an account, by the name that it has in what is sent. */
export interface AccountField {
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
  kind: 'text' | 'secret' | 'file';
}

const region = (placeholder: string): AccountField => ({ name: 'region', label: 'Region', placeholder, kind: 'text' });

/** What each way needs. */
export const claudeAccountFields: Readonly<Record<Exclude<ClaudeMethod, 'subscription'>, readonly AccountField[]>> = {
  api_key: [{ name: 'apiKey', label: 'API key', hint: 'Make one in the Claude Console, under API keys.', placeholder: 'sk-ant-api03-…', kind: 'secret' }],
  gateway: [
    { name: 'baseUrl', label: 'Address', hint: 'Without /v1. Your workspaces may reach it whatever their network settings say; a private address has to be opened by an administrator.', placeholder: 'https://llm.example.com', kind: 'text' },
    { name: 'token', label: 'Token', hint: 'It is sent both as a bearer token and as x-api-key.', kind: 'secret' },
  ],
  bedrock: [region('us-east-1'), { name: 'bearerToken', label: 'Bedrock API key', hint: 'A long-term key: short-term ones end after twelve hours at most.', kind: 'secret' }],
  vertex: [
    region('us-east5'),
    { name: 'projectId', label: 'Project', hint: 'The id of the Google Cloud project.', placeholder: 'my-project-123', kind: 'text' },
    { name: 'credentials', label: 'Key of a service account', hint: 'The content of its JSON file. The account needs the role Vertex AI User.', placeholder: '{ "type": "service_account", … }', kind: 'file' },
  ],
};
