import { bash, text, write } from './scenarios.mjs';

const NAMED_FILE = /(?:^|[\s"'`(])((?:[\w-][\w.-]*\/){0,4}[\w-][\w.-]*\.(?:md|txt|js|mjs|ts|tsx|py|rb|go|rs|java|c|h|sh|css|html|json|ya?ml|toml))(?=$|[\s"'`),.:;!?])/i;
const LONGEST_QUOTE = 400;

/**
 * The answer to a prompt without a directive: a short piece of real work (look, write, check, sum up) that a newcomer can watch,
 * and that never pretends to be Claude. `results` are what the tools gave back so far.
 */
export function playNewcomer({ prompt, turn, results }) {
  const plan = planFrom(prompt, results[0] ?? '');
  if (turn === 0) {
    return {
      blocks: [
        text('I am the simulator that is built into Anyon, not Claude: I follow a fixed script, so that you can see what a run looks like. First I look at the repository.'),
        bash('pwd; git log --oneline -5 2>/dev/null; echo "--- files"; git ls-files 2>/dev/null | head -200; ls -A', 'Look at the repository'),
      ],
    };
  }
  if (turn === 1) {
    return { blocks: [text(`${plan.reason} I write ${plan.name} with your request in it.`), write(plan.path, plan.content)] };
  }
  if (turn === 2) {
    return { blocks: [text('I check the result.'), bash(`wc -c "${plan.name}" && git status --short`, 'Check the new file')] };
  }
  return { blocks: [text(summary(plan.name, prompt))] };
}

function planFrom(prompt, firstResult) {
  const lines = firstResult.split('\n').map((line) => line.trim());
  const directory = lines.find((line) => line.startsWith('/')) ?? '.';
  const taken = new Set(lines);
  const wanted = NAMED_FILE.exec(prompt)?.[1];
  const free = [wanted, 'NOTES.md', 'simulator-notes.md', ...Array.from({ length: 500 }, (_, index) => `simulator-notes-${index + 2}.md`)].find(
    (name) => name !== undefined && !taken.has(name),
  );
  const name = free ?? `simulator-notes-${Date.now()}.md`;
  const reason = wanted === undefined || wanted === name ? 'That is enough to begin.' : `${wanted} exists already, and I do not change what I cannot understand.`;
  return { name, reason, path: `${directory}/${name}`, content: contentFor(name, prompt) };
}

function contentFor(name, prompt) {
  const quote = prompt.replace(/\s+/g, ' ').slice(0, LONGEST_QUOTE);
  const note = 'Written by the simulator that is built into Anyon, not by Claude.';
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (extension === 'json') return `${JSON.stringify({ request: quote, note }, null, 2)}\n`;
  if (['js', 'mjs', 'ts', 'tsx', 'go', 'rs', 'java'].includes(extension)) return `// ${note}\n// Request: ${quote}\n`;
  if (['c', 'h', 'css'].includes(extension)) return `/* ${note} */\n/* Request: ${quote.replaceAll('*/', '* /')} */\n`;
  if (['py', 'rb', 'sh', 'yml', 'yaml', 'toml'].includes(extension)) return `# ${note}\n# Request: ${quote}\n`;
  if (extension === 'html') return `<!doctype html>\n<title>Simulated</title>\n<p>${note}</p>\n<p>Request: ${escapeHtml(quote)}</p>\n`;
  if (extension === 'md') return `# Notes\n\n> ${quote}\n\n${note}\n`;
  return `${note}\nRequest: ${quote}\n`;
}

function escapeHtml(words) {
  return words.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);
}

function summary(name, prompt) {
  return [
    `Done, as far as a simulator can: I looked at the repository, wrote **${name}** and checked it. The change is in the diff of this run.`,
    '',
    `I did not do what you asked (“${prompt.replace(/\s+/g, ' ').slice(0, 120)}”). This was Anyon's built-in simulator; connect a Claude account or an API key and the same run is done by Claude Code itself.`,
  ].join('\n');
}
