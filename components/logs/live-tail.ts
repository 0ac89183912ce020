import { LiveMessage, type LiveText } from '@/components/logs/live-message';
import type { TailLines } from '@/components/logs/tail-lines';

/** Follows the end of a log for the message that is being written now. */
export class LiveTail {
  private readonly message = new LiveMessage();
  private next = 0;

  /** Takes in the lines that came since the last call. */
  update(tail: TailLines): LiveText | null {
    const shift = tail.shift.out;
    for (this.next = Math.max(this.next, tail.before.out - shift); this.next + shift < tail.count('out'); this.next += 1) {
      const text = tail.text('out', this.next + shift);
      if (text?.startsWith('{')) this.message.feed(text);
    }
    return this.message.current;
  }
}
