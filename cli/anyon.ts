// The program `anyon`: one file that runs on Node 20 or newer without anything beside it (dist/cli/anyon.mjs).
import { readEnvironment } from '@/cli/environment';
import { EXIT } from '@/cli/exit-code';
import { runProgram } from '@/cli/program';

// Whoever reads the answer may leave before it is whole (`anyon logs … | head`); there is nothing to say then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), { environment: readEnvironment(), in: process.stdin, out: process.stdout, err: process.stderr });
