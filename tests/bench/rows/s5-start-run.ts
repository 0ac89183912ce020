import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal } from '@/contract/run';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';
import { BareExec } from '@/tests/bench/runs/bare-exec';
import { firstByteAt, type BeginningTimes } from '@/tests/bench/runs/first-byte';
import { buildWriterImage } from '@/tests/bench/runs/writer-image';
import { openWorkspaceBench, type WorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';
import { workspaceOfImage } from '@/tests/bench/workspaces/workspace-of-image';

const ROUNDS = 15;
const REAL_ROUNDS = 5;

/** Runs one after the other; the next begins when nothing is left to do for the one before. */
async function startRuns({ client, product }: WorkspaceBench, workspaceId: string, rounds: number): Promise<BeginningTimes> {
  const times: BeginningTimes = { answeredMs: [], firstByteMs: [] };
  for (let round = 0; round < rounds; round++) {
    const askedAt = Date.now();
    const { id } = await client.runs.start.mutate({ workspaceId, prompt: 'at once' });
    times.answeredMs.push(Date.now() - askedAt);
    times.firstByteMs.push((await firstByteAt(path.join(product.dataDir, 'workspaces', workspaceId, 'exchange', id, 'out.raw'))) - askedAt);
    for (let status = ''; ; ) {
      status = (await client.runs.byId.query({ runId: id })).status;
      if (status === 'succeeded') break;
      if (isFinal(status as 'failed')) throw new Error(`A run is ${status} and not succeeded.`);
      await sleep(50);
    }
  }
  return times;
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  const { smoke, say } = bench;
  const image = await buildWriterImage(bench);
  const workspaces = await openWorkspaceBench(bench);
  const peer = await BareExec.start(bench, image);
  const small = await workspaceOfImage(workspaces, image);
  const real = await workspaceOfImage(workspaces, 'anyon-claude:latest');
  const rounds = smoke ? 2 : ROUNDS;
  for (const warm of [() => peer.rounds(1), () => startRuns(workspaces, small, 1), () => startRuns(workspaces, real, 1)]) await warm();
  say(`${rounds} starts: docker exec -d, Anyon, docker exec -d again; then the real CLI`);
  const before = await peer.rounds(rounds);
  const anyon = await startRuns(workspaces, small, rounds);
  const after = await peer.rounds(rounds);
  const cli = await startRuns(workspaces, real, smoke ? 1 : REAL_ROUNDS);

  const peerOf = (kind: keyof BeginningTimes) => ({ name: 'docker exec -d', before: before[kind], after: after[kind] });
  const goal = { of: 'ratio', atMost: 1.1 } as const;
  return [
    { name: 'the call is answered', unit: 'ms', product: anyon.answeredMs, peer: peerOf('answeredMs'), goal },
    { name: 'the first byte is written', unit: 'ms', product: anyon.firstByteMs, peer: peerOf('firstByteMs'), goal },
    { name: 'the first byte of the real CLI is written', unit: 'ms', product: cli.firstByteMs, peer: peerOf('firstByteMs'), goal: null, note: 'mostly the CLI’s own start' },
  ];
}

export const row: BenchRow = {
  id: 'S5',
  title: 'starting a run',
  what: 'How soon `runs.start` answers, and how soon the command of the run has written its first byte, beside `docker exec -d` of a command that writes as soon as it runs.',
  how: '“Answered”: from the call to the API until its answer, beside the time that the command `docker exec -d` takes. “First byte”: from the same beginnings until a file on the host has a byte in it, which is looked at every millisecond; with Anyon that file is the raw output of the run in the exchange folder, with the peer one in a folder that the container shares. In both a Perl program writes at once; Anyon starts it by the real wrapper, in the place of the CLI, with everything that belongs to a run: row and queue, admission, credential and the look whether it lies safely, a worktree of its own, the snapshot of it. Each round but the first, which does not count, finds the wrapper’s attendant in the container, as every run does that begins within ten minutes of another one in its workspace: no command is brought in for the look at the secrets, nor for the start. What holds the byte up most is the way through row and queue, and the worktree, which git makes before the program begins.',
  leavesOut: 'The start of Claude Code itself, which takes longer than all of this together: the last figure has it, without a goal, with the simulator in the place of the API. The way of the byte to a browser, which S3 measures. Large repositories: a worktree of one file is made here.',
  needs: 'engine',
  measure,
};
