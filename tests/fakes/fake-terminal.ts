import type { Terminal, TerminalCommand } from '@/server/containers/engine';
import { runProgram } from '@/tests/fakes/fake-container';

/** A terminal of the engine in memory: shows what the program prints, and stays open while it would go on. */
export function fakeTerminal(command: TerminalCommand, signal: AbortSignal | undefined): Terminal {
  const result = runProgram(command.argv);
  const ended = Promise.withResolvers<void>();
  if (result) ended.resolve();
  signal?.addEventListener('abort', () => ended.resolve(), { once: true });
  return {
    async *output() {
      if (result && result.stdout.length > 0) yield Buffer.from(result.stdout.toString().replaceAll('\n', '\r\n'));
      await ended.promise;
    },
    write: async () => {},
    exitCode: async () => result?.exitCode ?? null,
    close: () => ended.resolve(),
  };
}
