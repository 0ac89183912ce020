import { describe, expect, it } from 'vitest';
import type { NoticeAction, NoticeKind } from '@/contract/run-notice';
import { judgeQuiet, MOST_RESTARTS, type Past, type Seen } from '@/server/runs/watchdog/judge-quiet';

const limits = { noOutput: 60, silence: 180, nudge: 480, restart: 120, lingering: 20, end: 40, answer: 900, tool: 1_800 };
const milliseconds = Object.fromEntries(Object.entries(limits).map(([name, seconds]) => [name, seconds * 1_000])) as typeof limits;
const at = (seconds: number) => new Date(1_000_000_000_000 + seconds * 1_000);

const working: Seen = { runningSince: at(0), lastSignAt: at(100), retryAt: null, toolInFlight: null, questionSince: null, hasResult: false, background: null };
const fresh: Past = { open: [], wasNudged: false, restarts: 0 };
const noticed = (kind: NoticeKind, ...rows: [NoticeAction, number][]): Past['open'] => rows.map(([action, seconds]) => ({ kind, action, at: at(seconds) }));

interface Case {
  seen?: Partial<Seen>;
  past?: Partial<Past>;
  now: number;
  kind: NoticeKind;
  due: NoticeAction | null;
  isOver?: boolean;
}

const cases: Record<string, Case> = {
  'a start-up that takes its time': { seen: { lastSignAt: null }, now: 59, kind: 'no_output', due: null },
  'no line since the start': { seen: { lastSignAt: null }, now: 60, kind: 'no_output', due: 'told' },
  'told of that, it is not told again': { seen: { lastSignAt: null }, past: { open: noticed('no_output', ['told', 60]) }, now: 179, kind: 'no_output', due: null },
  'still no line: there is nobody to nudge': { seen: { lastSignAt: null }, past: { open: noticed('no_output', ['told', 60]) }, now: 180, kind: 'no_output', due: 'restarted' },
  'no line after the last start that it may have': { seen: { lastSignAt: null }, past: { open: noticed('no_output', ['told', 60]), restarts: MOST_RESTARTS }, now: 180, kind: 'no_output', due: 'ended' },
  'the first line came': { seen: { lastSignAt: at(90) }, past: { open: noticed('no_output', ['told', 60]) }, now: 91, kind: 'silence', due: null, isOver: true },

  'Claude thinks': { now: 279, kind: 'silence', due: null },
  'silence in mid-run': { now: 280, kind: 'silence', due: 'told' },
  'told of silence': { past: { open: noticed('silence', ['told', 281]) }, now: 760, kind: 'silence', due: null },
  'silence goes on': { past: { open: noticed('silence', ['told', 281]) }, now: 761, kind: 'silence', due: 'nudged' },
  'a worker that was away for an hour does not skip a grade': { past: { open: [] }, now: 3_700, kind: 'silence', due: 'told' },
  'nudged': { past: { open: noticed('silence', ['told', 281], ['nudged', 761]), wasNudged: true }, now: 880, kind: 'silence', due: null },
  'the nudge did not help': { past: { open: noticed('silence', ['told', 281], ['nudged', 761]), wasNudged: true }, now: 881, kind: 'silence', due: 'restarted' },
  'it helped': { seen: { lastSignAt: at(762) }, past: { open: noticed('silence', ['told', 281], ['nudged', 761]), wasNudged: true }, now: 770, kind: 'silence', due: null, isOver: true },
  'a second silence in the attempt, told anew': { seen: { lastSignAt: at(800) }, past: { wasNudged: true }, now: 980, kind: 'silence', due: 'told' },
  'and not nudged a second time': { seen: { lastSignAt: at(800) }, past: { open: noticed('silence', ['told', 980]), wasNudged: true }, now: 1_460, kind: 'silence', due: 'restarted' },
  'two restarts did not help': { past: { open: noticed('silence', ['told', 281], ['nudged', 761]), wasNudged: true, restarts: MOST_RESTARTS }, now: 881, kind: 'silence', due: 'ended' },
  'a restart is decided once': { past: { open: noticed('silence', ['told', 281], ['nudged', 761], ['restarted', 881]), wasNudged: true, restarts: 1 }, now: 9_000, kind: 'silence', due: null },

  'the CLI has said when it asks again': { seen: { retryAt: at(400) }, now: 579, kind: 'silence', due: null },
  'it asked again and nothing came': { seen: { retryAt: at(400) }, now: 580, kind: 'silence', due: 'told' },

  'a build that says nothing for 10 minutes': { seen: { toolInFlight: 'Bash' }, now: 700, kind: 'quiet_tool', due: null },
  'a build that says nothing for 29 minutes': { seen: { toolInFlight: 'Bash' }, now: 1_899, kind: 'quiet_tool', due: null },
  'a build that says nothing for 30 minutes is told of': { seen: { toolInFlight: 'Bash' }, now: 1_900, kind: 'quiet_tool', due: 'told' },
  'and left alone': { seen: { toolInFlight: 'Bash' }, past: { open: noticed('quiet_tool', ['told', 1_900]) }, now: 100_000, kind: 'quiet_tool', due: null },

  'a result, and the process goes': { seen: { hasResult: true }, now: 119, kind: 'lingering', due: null },
  'a result, and the process stays': { seen: { hasResult: true }, now: 120, kind: 'lingering', due: 'told' },
  'it still stays': { seen: { hasResult: true }, past: { open: noticed('lingering', ['told', 120]) }, now: 160, kind: 'lingering', due: 'ended' },
  'a tool that outlives the result does not excuse it': { seen: { hasResult: true, toolInFlight: 'Bash' }, now: 120, kind: 'lingering', due: 'told' },

  'a result, and something goes on in the background': { seen: { hasResult: true, background: 'Build it' }, now: 120, kind: 'background', due: 'told' },
  'it goes on': { seen: { hasResult: true, background: 'Build it' }, past: { open: noticed('background', ['told', 120]) }, now: 1_919, kind: 'background', due: null },
  'nothing has come of it for half an hour': { seen: { hasResult: true, background: 'Build it' }, past: { open: noticed('background', ['told', 120]) }, now: 1_920, kind: 'background', due: 'ended' },
  'what goes on in the background is over, and the process stays': { seen: { hasResult: true, lastSignAt: at(500) }, past: { open: noticed('background', ['told', 120]) }, now: 520, kind: 'lingering', due: 'told', isOver: true },
  'before the result it explains nothing': { seen: { background: 'Build it' }, now: 280, kind: 'silence', due: 'told' },

  'a question is open': { seen: { questionSince: at(100), toolInFlight: 'Write' }, now: 999, kind: 'waiting_for_answer', due: null },
  'a question is open for long': { seen: { questionSince: at(100), toolInFlight: 'Write' }, now: 1_000, kind: 'waiting_for_answer', due: 'told' },
  'nobody is ended for not having been answered': { seen: { questionSince: at(100) }, past: { open: noticed('waiting_for_answer', ['told', 1_000]) }, now: 1_000_000, kind: 'waiting_for_answer', due: null },
  'answered': { seen: { lastSignAt: at(2_000) }, past: { open: noticed('waiting_for_answer', ['told', 1_000]) }, now: 2_001, kind: 'silence', due: null, isOver: true },
};

describe('N5 the watchdog', () => {
  it.each(Object.entries(cases))('%s', (_name, { seen, past, now, kind, due, isOver = false }) => {
    const judgement = judgeQuiet({ ...working, ...seen }, { ...fresh, ...past }, milliseconds, at(now));
    expect({ kind: judgement.kind, due: judgement.due, isOver: judgement.isOver }).toEqual({ kind, due, isOver });
  });

  it('goes through every grade once, however often it looks', () => {
    const done: string[] = [];
    const open: { kind: NoticeKind; action: NoticeAction; at: Date }[] = [];
    for (let now = 100; now < 5_000; now++) {
      const { kind, due } = judgeQuiet(working, { open, wasNudged: done.includes('nudged'), restarts: 0 }, milliseconds, at(now));
      if (!due) continue;
      done.push(due);
      open.push({ kind, action: due, at: at(now) });
    }
    expect(done).toEqual(['told', 'nudged', 'restarted']);
  });
});
