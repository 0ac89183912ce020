import { expect, it } from 'vitest';
import { alwaysInWords, alwaysRules } from '@/server/runs/questions/always-rules';

const rule = { type: 'addRules', rules: [{ toolName: 'Bash', ruleContent: 'touch a *' }], behavior: 'allow', destination: 'localSettings' };
const folder = { type: 'addDirectories', directories: ['/workspace'], destination: 'userSettings' };
const edits = { type: 'setMode', mode: 'acceptEdits', destination: 'session' };

it('counts for this process only, whatever the CLI suggests, and names no more than the thing itself where it can', () => {
  expect(alwaysRules([rule, folder, edits])).toEqual([{ ...rule, destination: 'session' }, { ...folder, destination: 'session' }]);
  expect(alwaysInWords([rule, folder, edits])).toBe('Bash (touch a *); files in /workspace');
});

it('is the change of files altogether where nothing else is suggested', () => {
  expect(alwaysRules([edits])).toEqual([edits]);
  expect(alwaysInWords([edits])).toBe('all changes of files');
});

it('is nothing for what is not known or would go further', () => {
  expect(alwaysRules([{ type: 'setMode', mode: 'bypassPermissions' }, { ...rule, behavior: 'deny' }, 'x', null])).toEqual([]);
  expect(alwaysInWords([])).toBeNull();
});
