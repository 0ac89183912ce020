import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { HeldConversation } from '@/components/conversation/held-conversation';
import { ItemView } from '@/components/conversation/item-view';
import { UnfoldingProvider } from '@/components/conversation/unfolded';
import { storedEvents } from '@/tests/setup/conversation-events';

const STEPS = 5_000;
const call = (id: string, name: string, input: object, parent: string | null) => JSON.stringify({ type: 'assistant', parent_tool_use_id: parent, message: { id: `m ${id}`, content: [{ type: 'tool_use', id, name, input }] } });
const lines = [call('agent', 'Task', { description: 'Count', subagent_type: 'general-purpose', prompt: 'Count.' }, null), ...Array.from({ length: STEPS }, (_, step) => call(`t${step}`, 'Bash', { command: `echo step-${step}.` }, 'agent'))];

const held = new HeldConversation();
held.add(storedEvents(lines));
const [agent] = held.state().turns.flatMap((turn) => turn.items);
if (!agent) throw new Error('There is no call.');
const { key } = agent;

/** The numbers of the steps that are drawn, and how many elements there are in all. */
function drawn(initially: readonly [string, boolean | number][]): { steps: number[]; elements: number; html: string } {
  const html = renderToStaticMarkup(
    <UnfoldingProvider initially={new Map(initially)}>
      <ItemView item={agent!} live simulated={false} />
    </UnfoldingProvider>,
  );
  return { steps: [...new Set(Array.from(html.matchAll(/echo step-(\d+)\./g), ([, step]) => Number(step)))], elements: html.match(/<[a-z]/g)?.length ?? 0, html };
}

it('of a sub-agent with 5,000 steps draws none while it is folded, and says how many there are', () => {
  const { steps, elements, html } = drawn([]);
  expect(steps).toEqual([]);
  expect(html).toContain('5000 steps');
  expect(elements).toBeLessThan(50);
});

it('draws the newest fifty when it is unfolded, and two hundred more with each wish', () => {
  const open = drawn([[` ${key}`, true]]);
  expect(open.steps).toEqual(Array.from({ length: 50 }, (_, index) => STEPS - 50 + index));
  expect(open.html).toContain('Show 200 earlier steps');
  expect(open.html).toContain('4,950 are not shown');
  expect(open.elements).toBeLessThan(2_000);
  const more = drawn([[` ${key}`, true], [` ${key} steps`, 250]]);
  expect(more.steps).toHaveLength(250);
  expect(more.steps[0]).toBe(STEPS - 250);
  expect(more.html).toContain('Show fewer steps');
});
