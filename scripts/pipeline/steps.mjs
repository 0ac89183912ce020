/**
 * What came of one step for one image. `not done` is never counted as done: it says what was missing.
 * @typedef {{image: string, step: string, state: 'done' | 'failed' | 'not done', seconds: number, words: string}} StepResult
 */

/** Thrown by a step that cannot be carried out here; the sentence says what is missing. */
export class NotDone extends Error {}

/** Carries out one step and says what came of it; never throws. */
export async function takeStep(image, step, work) {
  const started = performance.now();
  const ended = (state, words) => ({ image, step, state, seconds: (performance.now() - started) / 1000, words });
  try {
    return ended('done', (await work()) ?? '');
  } catch (error) {
    if (error instanceof NotDone) return ended('not done', error.message);
    return ended('failed', [error.message, error.detail, error.fix].filter(Boolean).join(' '));
  }
}

const MARKS = { done: '✓', failed: '✗', 'not done': '–' };

/** @param {StepResult} result */
export function stepLine({ image, step, state, seconds, words }) {
  return `${MARKS[state]} ${image}: ${step}${state === 'done' ? '' : ` ${state}`} (${seconds.toFixed(1)} s)${words ? `  ${words}` : ''}`;
}

/**
 * The end of a pipeline in one sentence, and its exit code: 1 when a step failed, or one that was demanded was not done.
 * @param {StepResult[]} results @param {string[]} required names of steps
 */
export function verdict(results, required) {
  const failed = results.filter(({ state }) => state === 'failed');
  const left = results.filter(({ state }) => state === 'not done');
  const missing = left.filter(({ step }) => required.includes(step));
  const never = required.filter((name) => !results.some(({ step }) => step === name));
  const count = `${results.length - failed.length - left.length} done, ${failed.length} failed, ${left.length} not done`;
  const demanded = [...new Set([...missing.map(({ image, step }) => `${step} of ${image}`), ...never])];
  return { code: failed.length + demanded.length > 0 ? 1 : 0, text: demanded.length > 0 ? `${count}; demanded: ${demanded.join(', ')}` : count };
}
