import type { Booth } from '@/server/connections/claude/booth/booth';
import { TerminalScreen } from '@/server/connections/claude/booth/terminal-screen';
import { AnyonError } from '@/server/errors';

/** Takes the bytes as they come, echoes nothing, and writes them where nobody but the container's user may read. */
const KEEP = `
my ($path, $length) = @ARGV;
system('stty', 'raw', '-echo') == 0 or die;
$| = 1;
print "ready\\n";
my $value = '';
while (length $value < $length) { read(STDIN, $value, $length - length $value, length $value) or die }
umask 0277;
open(my $file, '>', $path) or die;
print $file $value;
close $file or die;
`;

const PATIENCE_MS = 15_000;

/** Writes a file into the booth's memory. The value passes through a terminal, so it is in no argument, variable, mount or log. */
export async function putFile({ engine, containerId }: Booth, path: string, value: string, signal: AbortSignal): Promise<void> {
  const bytes = Buffer.from(value);
  const terminal = await engine.openTerminal(containerId, { argv: ['perl', '-e', KEEP, path, String(bytes.length)] }, signal);
  try {
    const screen = new TerminalScreen(terminal);
    const ready = await screen.until((text) => (text.includes('ready\n') ? true : null), PATIENCE_MS, signal);
    if (ready) await terminal.write(bytes);
    await screen.until(() => null, PATIENCE_MS, signal);
    if ((await terminal.exitCode()) !== 0) throw new AnyonError('unavailable', 'The container for the trial did not take the credential. Try again.');
  } finally {
    terminal.close();
  }
}
