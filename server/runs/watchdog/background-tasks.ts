import { z } from 'zod';
import { jsonOf } from '@/server/runs/stored-payload';
import type { StreamLine } from '@/server/runs/watchdog/tools-in-flight';

const changeSchema = z.object({ tasks: z.array(z.object({ description: z.string().optional(), task_type: z.string().optional() })) });
const MOST_CHARACTERS = 80;

/** What the CLI has left to go on in the background (2.1.329 lists it whole at each change), from the lines of an attempt in their order. */
export class BackgroundTasks {
  #names: string[] = [];

  take({ kind, subtype, payload }: StreamLine): void {
    if (kind !== 'system' || subtype !== 'background_tasks_changed') return;
    const change = changeSchema.safeParse(jsonOf(payload)).data;
    this.#names = (change?.tasks ?? []).map(({ description, task_type: type }) => description || type || 'a task');
  }

  /** The first of them as Claude has named it, cut to 80 characters, and how many there are beside it; null when there is none. */
  name(): string | null {
    const [first, ...others] = this.#names;
    if (first === undefined) return null;
    const short = first.length > MOST_CHARACTERS ? `${first.slice(0, MOST_CHARACTERS)}…` : first;
    return others.length === 0 ? short : `${short}, and ${others.length} more`;
  }
}
