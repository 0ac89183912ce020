import { describe, expect, it } from 'vitest';
import { NotDone, stepLine, takeStep, verdict } from './steps.mjs';

const result = (step: string, state: 'done' | 'failed' | 'not done') => ({ image: 'app', step, state, seconds: 1.25, words: 'why' });

describe('a step of the image pipeline', () => {
  it('is done, failed, or not done with what was missing', async () => {
    expect(await takeStep('app', 'scan', async () => 'nothing found')).toMatchObject({ state: 'done', words: 'nothing found' });
    expect(await takeStep('app', 'scan', async () => Promise.reject(new NotDone('trivy is not installed')))).toMatchObject({ state: 'not done', words: 'trivy is not installed' });
    expect(await takeStep('app', 'scan', async () => Promise.reject(new Error('3 found')))).toMatchObject({ state: 'failed', words: '3 found' });
  });

  it('is said in one line', () => {
    expect(stepLine(result('scan', 'not done'))).toBe('– app: scan not done (1.3 s)  why');
    expect(stepLine(result('build', 'done'))).toBe('✓ app: build (1.3 s)  why');
  });
});

describe('the verdict', () => {
  it('does not count as passed what was not done', () => {
    expect(verdict([result('build', 'done'), result('scan', 'not done')], [])).toEqual({ code: 0, text: '1 done, 0 failed, 1 not done' });
  });

  it.each([
    ['a failure', [result('build', 'failed')], []],
    ['what was demanded and not done', [result('scan', 'not done')], ['scan']],
    ['what was demanded and never tried', [result('build', 'done')], ['sign']],
  ])('fails for %s', (_what, results, required) => {
    expect(verdict(results, required).code).toBe(1);
  });
});
