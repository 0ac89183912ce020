import path from 'node:path';
import { openRegularFile } from '@/server/containers/detached-command';
import type { LiveRun } from '@/server/runs/live-run';
import { jsonOf, requestsIn } from '@/server/runs/questions/control-lines';
import { maskedJson } from '@/server/runs/questions/masked-json';
import type { QuestionRow } from '@/server/runs/questions/question-row';
import { runPlace } from '@/server/runs/run-place';
import { runMasker } from '@/server/secrets/run-masker';

/** No request that is noted is longer. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * The input and the suggestions of a question as Claude wrote them. The row holds them masked, and masking keeps every byte's place, so the line
 * is read again from the raw output. That file is the container's: what is taken from it must look, masked, exactly like what was answered.
 */
export async function originalRequest(live: Pick<LiveRun, 'run' | 'attempt'>, question: QuestionRow): Promise<{ input: unknown; suggestions: readonly unknown[] }> {
  const shown = { input: jsonOf(question.input), suggestions: suggestionsOf(question) };
  if (!question.input.includes('*')) return shown;
  const line = await readLine(path.join(runPlace(live.run).exchange, 'out.raw'), question.offset - live.attempt.outStart);
  const [request] = line === null ? [] : requestsIn([{ kind: 'control_request', payload: line, offset: question.offset }]);
  if (!request || request.requestId !== question.requestId) return shown;
  return maskedJson(await runMasker(live.run.id), request.input) === question.input ? request : shown;
}

export function suggestionsOf(question: Pick<QuestionRow, 'suggestions'>): unknown[] {
  const parsed = question.suggestions === null ? null : jsonOf(question.suggestions);
  return Array.isArray(parsed) ? parsed : [];
}

async function readLine(file: string, position: number): Promise<string | null> {
  let handle;
  try {
    handle = await openRegularFile(file);
    const buffer = Buffer.alloc(MAX_LINE_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, Math.max(0, position));
    const end = buffer.subarray(0, bytesRead).indexOf('\n');
    return end < 0 ? null : buffer.toString('utf8', 0, end);
  } catch {
    return null; // gone or exchanged: then what was shown is all there is
  } finally {
    await handle?.close();
  }
}
