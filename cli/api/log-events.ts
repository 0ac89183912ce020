import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { ApiClient, Asked } from '@/cli/api/api-client';
import { problemError } from '@/cli/api/refusal';
import { CliError } from '@/cli/cli-error';
import { runLogEventSchema } from '@/contract/public-api-shapes';
import type { RunLogEvent } from '@/contract/run-log';

/** The live log of a run over server-sent events, for as long as this one connection lasts. */
export async function* readLogEvents(client: ApiClient, asked: Asked<'followLog'>, signal: AbortSignal): AsyncGenerator<RunLogEvent> {
  const response = await client.open('followLog', asked, { signal, headers: { Accept: 'text/event-stream' } });
  if (!response.body) return;
  try {
    for await (const { event, data } of response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())) {
      if (event === 'problem') throw problemError(data);
      yield parsed(data);
    }
  } catch (error) {
    throw client.brokenOff(error, signal);
  }
}

function parsed(data: string): RunLogEvent {
  const event = runLogEventSchema.safeParse(JSON.parse(data));
  if (!event.success) throw new CliError('invalid', 'This Anyon sends its logs in a way that this program does not know. Get the program that belongs to it.');
  return event.data;
}
