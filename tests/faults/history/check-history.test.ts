import { expect, it } from 'vitest';
import { checkHistory } from '@/tests/faults/history/check-history';
import { ended, legalHistory, type HandMadeHistory } from '@/tests/faults/history/hand-made-history';
import type { HistoryEvent } from '@/tests/faults/history/history';
import { rules, type Rule } from '@/tests/faults/history/judged-history';

/** A checker that lets everything pass proves nothing: each rule must refuse what it is for. */
const rulesBroken = (events: readonly HistoryEvent[]) => [...new Set(checkHistory(events).map(({ rule }) => rule))];

it('finds nothing in a history that is legal', () => {
  expect(checkHistory(ended(legalHistory()))).toEqual([]);
});

it('lets an operation that nobody has an answer to take effect or not', () => {
  const neither = legalHistory();
  neither.ask('a', 'start', 'w')({ outcome: 'unknown' });
  expect(checkHistory(ended(neither))).toEqual([]);
  const took = legalHistory();
  took.ask('a', 'start', 'w');
  took.task('start', 'w', 'start', { state: 'creating', fence: 5 });
  took.carryOut('start', 'w', 'start', { fence: 6, from: 'creating', becomes: 'running' });
  expect(checkHistory(ended(took, [{ workspaceId: 'w', state: 'running' }]))).toEqual([]);
});

/** What is done to the legal history; `end` where something else than the journal is wrong. */
interface Spoiled {
  rule: Rule;
  what: string;
  spoil: (history: HandMadeHistory) => void;
  end?: (history: HandMadeHistory) => readonly HistoryEvent[];
}

const illegal: readonly Spoiled[] = [
  { rule: 'moves by the model', what: 'a run that was over goes on', spoil: (history) => history.row('runs', 'r', 'changed', 'running', { workspaceId: 'w', fence: 9, more: { attempt: 1, resumes_run_id: null } }) },
  {
    rule: 'moves by the model',
    what: 'an archived workspace runs without having been restored',
    spoil(history) {
      history.ask('a', 'archive', 'w')();
      history.task('archive', 'w', 'archive', { state: 'stopped', fence: 5 });
      history.carryOut('archive', 'w', 'archive', { fence: 6, from: 'stopped', becomes: 'archived' });
      history.workspace('w', 'running', 6);
    },
  },
  { rule: 'moves by the model', what: 'a task disappears', spoil: (history) => history.row('tasks', 'stop', 'gone', 'succeeded', { workspaceId: 'w', fence: 4 }) },
  { rule: 'a move has its cause', what: 'a workspace is deleted without a task for it', spoil: (history) => history.workspace('w', 'deleting', 4) },
  { rule: 'fences rise', what: 'the fence of a workspace falls', spoil: (history) => history.workspace('w', 'stopped', 3) },
  {
    rule: 'fences rise',
    what: 'two tasks stand at the same place of the line',
    spoil(history) {
      const asked = history.ask('a', 'start', 'w');
      history.task('start', 'w', 'start', { state: 'creating', fence: 3 });
      asked();
    },
  },
  {
    rule: 'one attempt at a time',
    what: 'a second worker begins while the first is at it',
    spoil(history) {
      history.ask('a', 'start', 'w');
      history.task('start', 'w', 'start', { state: 'creating', fence: 5 });
      history.attempt('start', 'made', 'running', 1);
      history.attempt('start', 'made', 'running', 2);
    },
  },
  {
    rule: 'tasks are carried out',
    what: 'a task has succeeded, and nobody did it',
    spoil(history) {
      history.ask('a', 'start', 'w');
      history.task('start', 'w', 'start', { state: 'creating', fence: 5 });
      history.taskIs('start', 'w', 'running', 'start', 5);
      history.taskIs('start', 'w', 'succeeded', 'start', 5);
    },
  },
  {
    rule: 'tasks are carried out',
    what: 'a task was set aside, and none came after it',
    spoil(history) {
      history.ask('a', 'start', 'w');
      history.task('start', 'w', 'start', { state: 'creating', fence: 5 });
      history.taskIs('start', 'w', 'superseded', 'start', 5);
    },
  },
  {
    rule: 'nothing without being asked',
    what: 'a workspace is started by nobody',
    spoil(history) {
      history.task('start', 'w', 'start', { state: 'creating', fence: 5 });
      history.carryOut('start', 'w', 'start', { fence: 6, from: 'creating', becomes: 'running' });
    },
    end: (history) => ended(history, [{ workspaceId: 'w', state: 'running' }]),
  },
  {
    rule: 'nothing without being asked',
    what: 'what was refused happens all the same',
    spoil(history) {
      const asked = history.ask('a', 'delete', 'w');
      history.task('delete', 'w', 'delete', { state: 'deleting', fence: 5 });
      asked({ outcome: 'refused', kind: 'unavailable', message: 'Docker does not answer.' });
      history.carryOut('delete', 'w', 'delete', { fence: 6, from: 'deleting', becomes: 'gone' });
    },
    end: (history) => ended(history, []),
  },
  { rule: 'nothing without being asked', what: 'a run begins by itself', spoil: (history) => history.run('r2', 'w', 'queued', 'starting', 'running', 'succeeded'), end: (history) => ended(history, undefined, { r: 1, r2: 1 }, ['w', 'r', 'r2']) },
  {
    rule: 'nothing without being asked',
    what: 'one question starts a workspace twice',
    spoil(history) {
      const asked = history.ask('a', 'restart', 'w');
      history.task('one', 'w', 'restart', { state: 'stopped', fence: 5 });
      history.task('two', 'w', 'restart', { state: 'stopped', fence: 6 });
      asked();
    },
  },
  { rule: 'what was acknowledged happens', what: 'a start was acknowledged and is nowhere', spoil: (history) => history.ask('a', 'start', 'w')() },
  { rule: 'what was acknowledged happens', what: 'a run was acknowledged and is nowhere', spoil: (history) => history.ask('a', 'start-run', 'w')({ told: 'r9' }) },
  { rule: 'refusals have a reason', what: 'a stopped workspace may not be started', spoil: (history) => history.ask('a', 'start', 'w')({ outcome: 'refused', kind: 'conflict', message: 'This workspace is being deleted.' }) },
  { rule: 'refusals have a reason', what: 'something unexpected went wrong', spoil: (history) => history.ask('a', 'stop', 'w')({ outcome: 'refused', kind: 'internal', message: 'Something unexpected went wrong.' }) },
  { rule: 'only one’s own', what: 'a member reads what is not theirs', spoil: (history) => history.read('m', 'read-workspace', 'w', 'stopped') },
  { rule: 'reads tell what was so', what: 'a read tells a state of long ago', spoil: (history) => history.read('a', 'read-workspace', 'w', 'running') },
  {
    rule: 'reads never go back',
    what: 'a second read tells what was before the first one',
    spoil(history) {
      const first = history.ask('a', 'read-workspace', 'w');
      const second = history.ask('a', 'read-workspace', 'w');
      history.ask('a', 'start', 'w');
      history.task('start', 'w', 'start', { state: 'creating', fence: 5 });
      first({ told: 'creating' });
      second({ told: 'stopped' });
      history.carryOut('start', 'w', 'start', { fence: 6, from: 'creating', becomes: 'running' });
    },
    end: (history) => ended(history, [{ workspaceId: 'w', state: 'running' }]),
  },
  { rule: 'news of every change', what: 'the last change of a run is not told', spoil: () => undefined, end: (history) => ended(history, undefined, undefined, ['w']) },
  { rule: 'secrets are kept', what: 'a secret that was set is not in the list', spoil: (history) => history.ask('a', 'list-secrets')({ told: '' }) },
  {
    rule: 'everything ends',
    what: 'a task waits for ever',
    spoil(history) {
      history.ask('a', 'stop', 'w');
      history.task('again', 'w', 'stop', { state: 'stopped', fence: 5 });
    },
  },
  {
    rule: 'the end is the model’s',
    what: 'a workspace is stopped although it was started last',
    spoil(history) {
      history.ask('a', 'start', 'w');
      history.task('start', 'w', 'start', { state: 'creating', fence: 5 });
      history.carryOut('start', 'w', 'start', { fence: 6, from: 'creating', becomes: 'running' });
      history.workspace('w', 'stopped', 6);
    },
  },
  { rule: 'the end is the machine’s', what: 'the container of a stopped workspace runs', spoil: () => undefined, end: (history) => ended(history, [{ workspaceId: 'w', state: 'running' }]) },
  { rule: 'the end is the machine’s', what: 'a workspace has two containers', spoil: () => undefined, end: (history) => ended(history, [{ workspaceId: 'w', state: 'exited' }, { workspaceId: 'w', state: 'exited' }]) },
  { rule: 'one execution per attempt', what: 'a run was carried out twice', spoil: () => undefined, end: (history) => ended(history, undefined, { r: 2 }) },
  { rule: 'one execution per attempt', what: 'a run that never was carried out has succeeded', spoil: () => undefined, end: (history) => ended(history, undefined, { r: 0 }) },
];

it.each(illegal)('$rule: $what', ({ rule, spoil, end = ended }) => {
  const history = legalHistory();
  spoil(history);
  expect(rulesBroken(end(history))).toContain(rule);
});

it('has an illegal history for every rule', () => {
  expect([...new Set(illegal.map(({ rule }) => rule))].toSorted()).toEqual(rules.toSorted());
});

it('names what is wrong and where', () => {
  const history = legalHistory();
  history.ask('a', 'start', 'w')();
  expect(checkHistory(ended(history))).toEqual([{ rule: 'what was acknowledged happens', what: 'start w (question 8) was acknowledged, and nothing came of it' }]);
});
