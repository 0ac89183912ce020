import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { productFiles, root } from '@/tests/house/house';

/**
 * Whatever reads bytes that a container, a stranger, the engine or a server elsewhere has written is met with bytes made up for it. A file that reads any is
 * known by what it uses; a new one is named here, with its test or with the reason why its bytes are ours.
 */
const reads = /JSON\.parse\(|parseShallowJson\(|readUInt|new TextDecoder|StringDecoder|^export (?:async )?function\*? (?:parse|decode)[A-Z]/m;

const streams = 'server/workspaces/container-streams.fuzz.test.ts';
const requests = 'server/request-texts.fuzz.test.ts';
const readers = 'server/runs/stream-readers.fuzz.test.ts';
const output = 'tests/integration/hostile-output.test.ts';
const page = 'components/conversation/drawn-lines.fuzz.test.tsx';
const shown = 'cli/log/readable-lines.fuzz.test.ts';
const inputs = 'tests/integration/fuzzed-inputs.test.ts';

/** The test of each parser, and through which module it comes to it where it does not name the parser itself. */
const fuzzed: Record<string, [test: string, through?: string]> = {
  'cli/api/refusal.ts': [shown],
  'cli/log/readable-lines.ts': [shown],
  'cli/log/whole-lines.ts': [shown],
  'cli/output/parse-bytes.ts': [shown],
  'components/conversation/event-fields.ts': [page, 'components/conversation/held-conversation'],
  'components/logs/ansi-text.tsx': [page],
  'components/logs/live-message.ts': [page],
  'components/logs/log-event-row.tsx': [page, 'components/runs/stream-json-summary'],
  'components/review/parse-patch.ts': ['components/review/parse-patch.fuzz.test.ts'],
  'components/ui/markdown.tsx': ['components/ui/markdown.fuzz.test.tsx'],
  'contract/connection.ts': [inputs, 'server/trpc/router'],
  'contract/known-token.ts': ['server/secrets/hostile-output.fuzz.test.ts'],
  'contract/nested-json.ts': ['contract/nested-json.test.ts'],
  'contract/preview.ts': ['server/workspaces/previews/gateway/addressed-request.fuzz.test.ts'],
  'contract/repository.ts': ['contract/addresses.fuzz.test.ts'],
  'contract/run-log.ts': ['contract/addresses.fuzz.test.ts'],
  'server/containers/detached-report.ts': [streams],
  'server/containers/frame-decoder.ts': [streams],
  'server/containers/image-reference.ts': [streams],
  'server/containers/json-lines.ts': [streams],
  'server/egress/client-hello.ts': [requests],
  'server/egress/isolation-proof.ts': [streams],
  'server/github/git-refusal.ts': [requests],
  'server/outbound/destination.ts': [requests],
  'server/people/api-tokens/token-value.ts': [requests],
  'server/runs/byte-range.ts': [requests],
  'server/runs/collector-lines.ts': ['server/runs/stream-json.fuzz.test.ts'],
  'server/runs/spelt-secrets.ts': [readers],
  'server/runs/conversation/typing-blocks.ts': [readers],
  'server/runs/last-said.ts': [readers],
  'server/runs/log-index/sparse-index.ts': ['server/runs/log-index/sparse-index.test.ts'],
  'server/runs/log-search/match-lines.ts': ['server/runs/log-search/log-search.test.ts'],
  'server/runs/questions/close-cut-json.ts': ['server/runs/questions/control-lines.fuzz.test.ts'],
  'server/runs/questions/control-lines.ts': ['server/runs/questions/control-lines.fuzz.test.ts'],
  'server/runs/result-line.ts': [readers],
  'server/runs/review/kept-diff.ts': ['server/runs/review/kept-diff.fuzz.test.ts'],
  'server/runs/run-events.ts': [output],
  'server/runs/schedules/pattern.ts': [requests],
  'server/runs/stream-evidence.ts': [output, 'server/runs/finish-run'],
  'server/runs/stream-json.ts': ['server/runs/stream-json.fuzz.test.ts'],
  'server/runs/utf8-cut.ts': ['server/runs/utf8-cut.test.ts'],
  'server/runs/stored-payload.ts': [readers],
  'server/runs/watchdog/background-tasks.ts': [readers],
  'server/runs/watchdog/tools-in-flight.ts': [readers],
  'server/secrets/mask.ts': ['server/secrets/hostile-output.fuzz.test.ts'],
  'server/workspaces/previews/gateway/passed-headers.ts': ['server/workspaces/previews/gateway/addressed-request.fuzz.test.ts'],
  'server/workspaces/previews/gateway/preview-host.ts': ['server/workspaces/previews/gateway/addressed-request.fuzz.test.ts'],
  'server/workspaces/previews/listening-ports.ts': [streams],
  'server/workspaces/tasks/command-output.ts': ['server/secrets/hostile-output.fuzz.test.ts'],
  'server/workspaces/terminals/masked-output.ts': ['server/secrets/hostile-output.fuzz.test.ts'],
  'server/workspaces/terminals/terminal-frames.ts': [streams],
};

/** Files that read what is not made up for them, by the reason. */
const unfuzzed: Record<string, readonly string[]> = {
  'It reads what Anyon has written itself, where only Anyon and whoever owns the machine can write.': [
    'server/containers/address-pool.ts', 'server/containers/host-routes.ts', 'server/deployment/machine.ts', 'server/deployment/postgres-binaries.ts', 'server/deployment/project-quota.ts', 'server/env.ts',
    'server/parent/parent-status.ts', 'server/runs/questions/sealed-answer.ts', 'server/secrets/key-check.ts', 'server/system/backup/restore-mark.ts', 'server/system/backup/schema-history.ts', 'server/system/metrics/kept-meters.ts',
    'server/telemetry/log-shipper.ts', 'server/trpc/streams/tab-stream-response.ts', 'server/workspaces/checkpoints/kept-folder.ts', 'server/workspaces/reconcile/directory-owner.ts', 'server/workspaces/reconcile/reconciler.ts',
    'server/workspaces/setup/setup-beginning.ts', 'cli/config.ts',
  ],
  'It reads what the same browser has kept for the same person, and takes anything else for nothing.': ['components/alerts/banners.tsx', 'components/conversation/kept-place.ts', 'components/review/use-viewed.ts', 'components/terminals/use-terminal-preferences.ts'],
  'It decodes bytes as text and looks at nothing in them, or bytes of a fixed length.': ['cli/output/printer.ts', 'components/logs/run-log-range.ts', 'server/workspaces/terminals/live-terminal.ts'],
  'It parses once and holds the value against a schema; anything else is one error in words, and tests of its own show both.': [
    'cli/api/api-client.ts', 'cli/api/log-events.ts', 'cli/sign-in.ts', 'server/auth/github-provider.ts', 'server/connections/claude/booth/judge-trial.ts', 'server/containers/docker-client.ts', 'server/github/conditional-read.ts',
    'server/runs/publishing/read-worktree.ts', 'server/secrets/injection/assert-in-place.ts', 'server/system/backup/archive-reader.ts', 'server/trpc/public-api/read-input.ts', 'server/workspaces/checkpoints/wrapper-answer.ts',
  ],
  'It reads a payload that was taken for JSON when it was stored, or what a person has just written for themselves and was checked.': ['components/questions/change-input.tsx', 'server/runs/questions/control-response.ts', 'server/runs/watchdog/stream-watch.ts', 'server/secrets/mask-needles.ts'],
};

describe('every parser of bytes that others have written', () => {
  const excused = Object.values(unfuzzed).flat();

  it('has a test that makes bytes up for it, or a reason', () => {
    const found = productFiles('app', 'cli', 'components', 'contract', 'server').filter(({ code }) => reads.test(code)).map(({ file }) => file);
    expect(found.filter((file) => !(file in fuzzed) && !excused.includes(file))).toEqual([]);
    expect(found.length).toBeGreaterThan(50);
  });

  it('is there, and named once', () => {
    const named = [...Object.keys(fuzzed), ...excused];
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  it.each(Object.entries(fuzzed))('%s is met by its test', (file, [test, through]) => {
    const code = readFileSync(path.join(root, test), 'utf8');
    expect(code).toMatch(/fast-check|tests\/setup\/fuzzing/);
    expect(code).toContain(`'@/${through ?? file.replace(/\.tsx?$/, '')}'`);
  });
});
