import { setTimeout as sleep } from 'node:timers/promises';
import type { Attendant } from '@/server/containers/attendant';
import type { ContainerEngine } from '@/server/containers/engine';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';

/** It takes some megabytes of its workspace's memory: where nothing has begun for so long, the next start brings one in anew. */
const UNUSED_MS = 10 * 60_000;
/** Where one could not be had, as in a container of an older image, not every start tries anew. */
const REFUSED_MS = 60_000;
/** What it is asked takes milliseconds, to bring it in some tenths of a second; whoever waits longer does the same without it. */
const ANSWER_MS = 10_000;

/**
 * The attendants of this worker, one for each container in which something has begun lately. To bring a program into a container is what takes longest
 * of a start, so it is done beside what else a start needs, and once for many. Nothing depends on one: where there is none (an image
 * that knows no such thing, an engine that does not answer) the caller does the same by a command of its own.
 */
export class Attendants {
  readonly #engine: ContainerEngine;
  readonly #places = new Map<string, Place>();

  constructor(engine: ContainerEngine) {
    this.#engine = engine;
  }

  /** Sees to it that one is there soon. */
  call(container: string, user: string): void {
    const known = this.#places.get(container);
    if (known?.isToBeKept()) return;
    known?.leave();
    const place = new Place(this.#engine.attend(container, user), () => {
      if (this.#places.get(container) === place) this.#places.delete(container);
    });
    this.#places.set(container, place);
  }

  /** What it answers; null when there is nobody to ask, or when it is not known whether it has heard: then it is gone. */
  async ask(container: string, user: string, line: string): Promise<string | null> {
    this.call(container, user);
    return (await this.#places.get(container)?.ask(line)) ?? null;
  }

  /** Lets all of them go; what they have begun goes on. */
  dismiss(): void {
    for (const place of this.#places.values()) place.leave();
  }
}

/** Where an attendant is, was, or could not be had. */
class Place {
  readonly #coming: Promise<void>;
  readonly #onLeft: () => void;
  #attendant: Attendant | null = null;
  #state: 'coming' | 'unproven' | 'proven' | 'refused' = 'coming';
  #clock: NodeJS.Timeout;

  constructor(coming: Promise<Attendant>, onLeft: () => void) {
    this.#onLeft = onLeft;
    this.#clock = this.#leaveAfter(UNUSED_MS);
    this.#coming = coming.then(
      (attendant) => {
        if (this.#state !== 'coming') return attendant.dismiss();
        this.#attendant = attendant;
        this.#state = 'unproven';
      },
      (error: unknown) => this.#refuse(describeError(error)),
    );
  }

  /** False for one that has gone, e.g. with a stop of its container: another may be had. */
  isToBeKept(): boolean {
    if (this.#state === 'proven' && this.#attendant?.isThere !== true) return false;
    if (this.#state !== 'refused') this.#clock.refresh();
    return true;
  }

  async ask(line: string): Promise<string | null> {
    if (this.#state === 'coming') await Promise.race([this.#coming, sleep(ANSWER_MS, undefined, { ref: false })]);
    if (this.#state === 'coming') this.#refuse('it does not come');
    if (!this.#attendant) return null;
    const answer = await this.#attendant.ask(line, ANSWER_MS);
    if (answer !== null) this.#state = 'proven';
    else if (this.#state === 'unproven') this.#refuse('it has not said a word');
    return answer === '?' ? null : answer;
  }

  leave(): void {
    clearTimeout(this.#clock);
    void this.#coming.then(() => this.#attendant?.dismiss());
    this.#onLeft();
  }

  #refuse(reason: string): void {
    log().info({ reason }, 'containers: no attendant can be had, each start is a command of its own');
    this.#state = 'refused';
    clearTimeout(this.#clock);
    this.#clock = this.#leaveAfter(REFUSED_MS);
  }

  #leaveAfter(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.leave(), milliseconds).unref();
  }
}
