import type { Command } from 'commander';
import { openSession, type Surroundings } from '@/cli/session';
import { VERSION } from '@/cli/version';

/** `anyon mcp` */
export function addMcpCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('mcp')
    .description('serve the Model Context Protocol on standard input and output, so that other agents can start and watch runs')
    .addHelpText('after', '\nFor example in Claude Code: claude mcp add anyon -- anyon mcp')
    .action(async (_options, command: Command) => {
      const { api, url } = openSession(surroundings, command);
      const { serveMcp } = await import('@/cli/mcp/serve-mcp'); // only this command needs the library
      serveMcp({ api, url, version: VERSION });
    });
}
