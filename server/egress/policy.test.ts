import { describe, expect, it } from 'vitest';
import type { EgressLevel } from '@/contract/egress';
import { parseDestination } from '@/server/outbound/destination';
import { judge, type CommonPolicy, type WorkspacePolicy } from '@/server/egress/policy';

const common: CommonPolicy = {
  model: [{ host: '172.17.0.1', port: 9000 }, { host: 'api.anthropic.com', port: 443 }],
  privateDestinations: [{ host: 'git.corp', port: 8443 }],
};

function verdict(level: EgressLevel, authority: string) {
  const workspace: WorkspacePolicy = { workspaceId: 'w', level, hosts: ['example.com', '*.wild.example'], repositories: [{ host: 'github.com', port: 443 }], accounts: [{ host: 'llm.example', port: 4000 }] };
  const destination = parseDestination(authority);
  if (!destination) throw new Error(`${authority} is no destination`);
  return judge(workspace, common, destination);
}

describe('judge (ISO-07)', () => {
  it.each<[EgressLevel, string, boolean]>([
    ['none', '172.17.0.1:9000', true],
    ['none', 'api.anthropic.com:443', true],
    ['none', 'git.corp:8443', true],
    ['none', 'github.com:443', true],
    ['none', 'github.com:80', false],
    ['none', 'llm.example:4000', true],
    ['none', 'llm.example:443', false],
    ['none', 'example.com:443', false],
    ['none', '172.17.0.1:9001', false],
    ['none', 'git.corp:443', false],
    ['allow-list', 'example.com:443', true],
    ['allow-list', 'example.com:80', true],
    ['allow-list', 'example.com:22', false],
    ['allow-list', 'www.example.com:443', false],
    ['allow-list', 'notexample.com:443', false],
    ['allow-list', 'example.com.evil.test:443', false],
    ['allow-list', 'a.wild.example:443', true],
    ['allow-list', 'a.b.wild.example:443', true],
    ['allow-list', 'wild.example:443', false],
    ['allow-list', 'notwild.example:443', false],
    ['allow-list', '1.1.1.1:443', false],
    ['open', 'anything.test:2222', true],
    ['open', '1.1.1.1:443', true],
  ])('in level %s, %s: %s', (level, authority, allowed) => {
    expect(verdict(level, authority).allowed).toBe(allowed);
  });

  it('lets a private address stand behind what admins and the operator named, and nothing else', () => {
    for (const authority of ['172.17.0.1:9000', 'git.corp:8443']) expect(verdict('none', authority)).toMatchObject({ mayBePrivate: true });
    for (const authority of ['github.com:443', 'llm.example:4000', 'anything.test:443']) expect(verdict('open', authority)).toMatchObject({ mayBePrivate: false });
  });

  it('wants TLS to name the host where not everything is open', () => {
    expect(verdict('none', 'github.com:443')).toMatchObject({ mustNameHost: true });
    expect(verdict('allow-list', 'example.com:443')).toMatchObject({ mustNameHost: true });
    expect(verdict('allow-list', 'example.com:80')).toMatchObject({ mustNameHost: true });
    for (const authority of ['172.17.0.1:9000', 'git.corp:8443']) expect(verdict('none', authority)).toMatchObject({ mustNameHost: false });
    expect(verdict('open', 'example.com:443')).toMatchObject({ mustNameHost: false });
  });
});
