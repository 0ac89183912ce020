import { z } from 'zod';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { DockerClient } from '@/server/containers/docker-client';
import type { EngineEvent, Labels } from '@/server/containers/engine';
import { readJsonLines } from '@/server/containers/json-lines';

const eventShape = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
  timeNano: z.number(),
});

/** Exec events are left out: every short command would make three. */
const actions = ['create', 'start', 'restart', 'die', 'stop', 'kill', 'oom', 'pause', 'unpause', 'rename', 'update', 'destroy'];

/**
 * Throws when the stream cannot be opened; ends quietly when it breaks later or the caller aborts. `labels` holds those
 * that start with `anyon.` (Docker mixes labels with its own attributes).
 */
export async function* streamEvents(client: DockerClient, labels: Labels, signal: AbortSignal, since?: string): AsyncGenerator<EngineEvent, void, void> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const filters = JSON.stringify({ type: ['container'], event: actions, label });
  const stream = await client.open({ method: 'GET', path: '/events', query: { filters, ...(since !== undefined && { since: unixSeconds(since) }) }, action: 'listen to the events of Docker', signal });
  try {
    for await (const value of readJsonLines(stream.chunks())) {
      const event = eventShape.safeParse(value);
      if (event.success) yield toEngineEvent(event.data);
    }
  } catch (error) {
    if (!signal.aborted) log().warn({ reason: describeError(error) }, 'the stream of Docker events broke');
  } finally {
    stream.close();
  }
}

/** `1700000000.123`: Docker understands parts of a second in no other form. */
function unixSeconds(time: string): string {
  return (Date.parse(time) / 1_000).toFixed(3);
}

function toEngineEvent(event: z.infer<typeof eventShape>): EngineEvent {
  const attributes = Object.entries(event.Actor.Attributes ?? {});
  return {
    action: event.Action,
    containerId: event.Actor.ID,
    labels: Object.fromEntries(attributes.filter(([name]) => name.startsWith('anyon.'))),
    at: new Date(event.timeNano / 1e6).toISOString(),
  };
}
