import superjson from 'superjson';
import type { SubscriptionInput, TabStreamEvent } from '@/contract/tab-stream';

/** Where a tab opens its stream, with these subscriptions in it. */
export function tabStreamAddress(origin: string, subscriptions: readonly SubscriptionInput[]): string {
  return `${origin}/api/trpc/streams.follow?input=${encodeURIComponent(superjson.stringify({ subscriptions }))}`;
}

/** Cuts the text of a tab's stream into its events, however it arrives. What the server says of the stream as a whole is thrown. */
export class TabStreamReader {
  #pieces: string[] = [];

  take(text: string): TabStreamEvent[] {
    this.#pieces.push(text);
    if (!text.includes('\n')) return [];
    const blocks = this.#pieces.join('').split('\n\n');
    this.#pieces = [blocks.pop() ?? ''];
    return blocks.flatMap((block) => {
      const lines = block.trimStart().split('\n');
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      if (data === undefined || lines[0] === 'event: connected' || lines[0] === 'event: ping') return [];
      const value = superjson.deserialize(JSON.parse(data));
      if (lines[0]?.startsWith('event: ')) throw new Error(`${lines[0]}: ${JSON.stringify(value)}`);
      return [value as TabStreamEvent];
    });
  }
}
