import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { RetentionForecast, RetentionThingView } from '@/contract/retention';
import { GoingList } from '@/components/retention/going-list';
import { RemovedPart } from '@/components/retention/removed-part';

const thing = (id: string, set: Partial<RetentionThingView> = {}): RetentionThingView => ({ id, name: `shop #${id}: <b>Say</b>`, link: `/workspaces/w/runs/${id}`, endedAt: new Date('2026-01-03T10:00:00Z'), items: 1, bytes: 2048, because: 'older than 90 days', waitsFor: null, ...set });
const forecast = (first: RetentionThingView[], items: number): RetentionForecast => ({ kind: 'logs', rule: { keepDays: 90, maxBytes: null }, changedBy: null, changedAt: null, holdsUntil: null, actsAt: new Date(), present: { items, bytes: 1 }, spared: [], goes: { items, bytes: 1 }, first });

describe('what goes, as a list', () => {
  it('says of each what, why, since when and how much, leads to it, and takes nobody’s words for HTML', () => {
    const drawn = renderToStaticMarkup(<GoingList forecast={forecast([thing('1'), thing('2', { link: null, waitsFor: 'its workspace to run' })], 2)} />);
    for (const words of ['shop #1: &lt;b&gt;Say', 'href="/workspaces/w/runs/1"', 'older than 90 days', '2026-01-03', '2 KiB', 'waits for its workspace to run']) expect(drawn).toContain(words);
    expect(drawn).not.toContain('runs/2');
    expect(drawn).not.toMatch(/and \d+ older/);
  });

  it('says how many more there are than it shows', () => {
    expect(renderToStaticMarkup(<GoingList forecast={forecast([thing('1')], 1_202)} />)).toContain('and 1,201 older logs');
  });
});

it('in the place of what went stands when and by which rule', () => {
  const drawn = renderToStaticMarkup(<RemovedPart what="The log" at={new Date('2026-05-03T10:00:00Z')} because="older than 90 days" />);
  expect(drawn).toContain('The log was removed on 3 May 2026 by the rule: older than 90 days.');
});
