import { expect, it } from 'vitest';
import { judgeLook } from '@/server/egress/isolation-proof';

const expected = { canaries: ['10.213.0.1:4000', '172.17.0.1:4000'], proxy: '172.17.0.1:9001', workspaceId: 'w1' };
const good = {
  '10.213.0.1:4000': 'errno 111',
  '172.17.0.1:4000': 'errno 113',
  '169.254.169.254:80': 'errno 111',
  '172.17.0.1:9001': 'connected',
  answer: '{"anyon":"egress","workspaceId":"w1"}',
};
const judged = (change: Record<string, string>) => judgeLook(expected, new Map(Object.entries({ ...good, ...change })));

it('takes a workspace that reaches the proxy and nothing else for isolated', () => {
  expect(judged({})).toEqual({ isolated: true });
});

it.each(['errno 101', 'errno 113', 'errno 115'])('does not mind that the metadata address has no route: %s', (outcome) => {
  expect(judged({ '169.254.169.254:80': outcome })).toEqual({ isolated: true });
});

it.each([
  [{ '10.213.0.1:4000': 'connected' }, 'firewall'],
  [{ '172.17.0.1:4000': 'connected' }, 'firewall'],
  [{ '172.17.0.1:4000': '' }, 'firewall'],
  [{ '169.254.169.254:80': 'connected' }, 'firewall'],
  [{ '169.254.169.254:80': '' }, 'firewall'],
  [{ '172.17.0.1:9001': 'errno 111' }, 'proxy'],
  [{ '172.17.0.1:9001': 'errno 115' }, 'proxy'],
  [{ answer: '' }, 'proxy'],
  [{ answer: '{"anyon":"egress","workspaceId":"w2"}' }, 'proxy'],
  [{ answer: '{"anyon":"egress","workspaceId":null}' }, 'proxy'],
  [{ answer: '<html>' }, 'proxy'],
])('does not with %j', (change, cause) => {
  expect(judged(change)).toMatchObject({ isolated: false, cause });
});

it('does not when the look said nothing', () => {
  expect(judgeLook(expected, new Map())).toMatchObject({ isolated: false, cause: 'firewall' });
});

it('tells a proxy that is slow from something else at its place', () => {
  expect(judged({ '172.17.0.1:9001': 'errno 115' })).toMatchObject({ what: expect.stringMatching(/does not answer it \(not within 5 s\)/) as string });
  expect(judged({ answer: '' })).toMatchObject({ what: expect.stringMatching(/says nothing within 5 s/) as string });
  expect(judged({ answer: '<html>' })).toMatchObject({ what: expect.stringMatching(/^something else/) as string });
});
