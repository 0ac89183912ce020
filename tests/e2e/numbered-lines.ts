import { writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A run that writes lines `line 000001 äää…`, numbered and coloured, into its own output, 500 a second, until it is told that it is
 * enough (or for so many seconds). So a test decides by what it has seen how long the run is on.
 */
export function promptForNumberedLines(seconds = 110): string {
  const script = [
    '$| = 1;',
    `for ($i = 1; !-e "/workspace/enough" && time - $^T < ${seconds}; $i++) {`,
    '  printf "\\e[%dmline %06d\\e[0m %s\\n", 31 + $i % 6, $i, "ä" x 40;',
    '  select(undef, undef, undef, 0.02) if $i % 10 == 0;',
    '}',
  ].join(' ');
  const command = `perl -e '${script}' >> /anyon/exchange/$ANYON_RUN_ID/out.raw; rm -f /workspace/enough`;
  return `Write numbered lines. [[sim:bash cmd="${command.replaceAll(/[\\"]/g, (character) => `\\${character}`)}" timeout=${(seconds + 10) * 1000}]]`;
}

/** Lets the run come to its end. */
export function enoughLines(dataDir: string, workspaceId: string): void {
  writeFileSync(path.join(dataDir, 'workspaces', workspaceId, 'files/enough'), '');
}

/** The numbers of the whole lines of that kind in a log, in their order. */
export function numbersIn(log: string): number[] {
  return [...log.matchAll(/^\u001b\[3\dmline (\d{6})\u001b\[0m ä{40}$/gm)].map((match) => Number(match[1]));
}
