import { describe, expect, it } from 'vitest';
import { layersInWords } from './build-image.mjs';
import { judgeAudit } from './scan-image.mjs';
import { NotDone } from './steps.mjs';

const audit = (vulnerabilities: Record<string, number>, names = {}) => ({ code: 0, stderr: '', stdout: JSON.stringify({ vulnerabilities: names, metadata: { vulnerabilities } }) });

describe('npm audit', () => {
  it('passes with nothing grave and says what else there is', () => {
    expect(judgeAudit(audit({ low: 2, moderate: 1, high: 0, critical: 0 }))).toBe('npm audit: nothing grave (1 moderate, 2 low)');
  });

  it('fails for what is grave, with names', () => {
    expect(() => judgeAudit(audit({ high: 1, critical: 2 }, { evil: {} }))).toThrow('2 critical, 1 high: evil');
  });

  it.each([
    ['a mirror that does not audit', { code: 1, stdout: JSON.stringify({ message: 'audit endpoint returned an error' }), stderr: '' }],
    ['words that are no JSON', { code: 1, stdout: '<html>', stderr: 'npm error 404' }],
    ['an answer without numbers', { code: 0, stdout: '{}', stderr: '' }],
  ])('is not done for %s', (_what, result) => {
    expect(() => judgeAudit(result)).toThrow(NotDone);
  });
});

it('the layers of an image are counted, and its largest told', () => {
  const history = ['0\t/bin/sh -c #(nop) CMD ["node"]', '5000000\tCOPY dist /anyon', '120000000\t/bin/sh -c apt-get   update', '900\tRUN x', '30000000\t|1 V=2.1 /bin/sh -c npm install'].join('\n');
  expect(layersInWords(history)).toBe('4 layers; 120 MB apt-get update; 30 MB npm install; 5.0 MB COPY dist /anyon');
});
